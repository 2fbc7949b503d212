import type { DeliveryEvidence, Fact, StoredMessage } from './evidence.ts';
import type { Got } from './got.ts';
import { nameOf, type Target, targetOf } from './target.ts';

/** For the tests of the checks: what a round without a fault leaves behind. */

const MESSAGES = ['m1', 'm2', 'm3', 'm4'];

export const PLAIN: Target = { ...targetOf('acme', { id: 'plain', client: 'client-1' }), number: 1 };
export const ORDERED: Target = {
  ...targetOf('acme', { id: 'ordered', client: 'client-1', ordered: true }),
  number: 2,
};
export const TYPED: Target = {
  ...targetOf('globex', { id: 'typed', client: 'client-1', eventTypes: ['user-app'], format: 'payload' }),
  number: 3,
};

export function message(id: string, changes: Partial<StoredMessage> = {}): StoredMessage {
  return {
    id,
    tenant: 'acme',
    client: 'client-1',
    type: 'user-app',
    event: `event ${id}`,
    source: 'shop',
    payload: { n: 1 },
    committedMs: 1_000,
    ...changes,
  };
}

/** A request that was answered with 200. The nth arrives at 2,000 + 10 n and ends 5 ms later. */
export function request(target: Target, id: string, n: number, changes: Partial<Got> = {}): Got {
  const body = { id: `event ${id}`, type: 'user-app', source: 'shop', data: { n: 1 } };
  return {
    order: n,
    endpoint: nameOf(target),
    url: `/hooks/${nameOf(target)}`,
    host: '127.0.0.1',
    message: id,
    digest: `digest of ${id}`,
    arrivedMs: 2_000 + 10 * n,
    endedMs: 2_005 + 10 * n,
    open: 1,
    signed: true,
    content: {
      body: JSON.stringify(target.format === 'payload' ? body.data : body),
      event: target.format === 'payload' ? null : body.id,
    },
    status: 200,
    ...changes,
  };
}

export function fact(target: Target, id: string, changes: Partial<Fact> = {}): Fact {
  return {
    endpoint: target.number,
    message: id,
    unit: 0,
    outcome: 'delivered',
    status: 200,
    error: null,
    digest: `digest of ${id}`,
    ...changes,
  };
}

const BOOKS = {
  taken: 10,
  inFlight: 0,
  delivered: 9,
  retrying: 0,
  dead: 0,
  skipped: 1,
  lost: 0,
  released: 0,
  balanced: true,
};

export const SOUND: DeliveryEvidence = {
  targets: [PLAIN, ORDERED, TYPED],
  messages: [
    ...MESSAGES.map((id) => message(id)),
    message('g1', { tenant: 'globex' }),
    message('g2', { tenant: 'globex', type: 'monitor-app' }),
  ],
  lanes: new Map([
    ['acme client-1', MESSAGES],
    ['globex client-1', ['g1', 'g2']],
  ]),
  got: [
    ...MESSAGES.map((id, i) => request(PLAIN, id, i + 1)),
    ...MESSAGES.map((id, i) => request(ORDERED, id, i + 5)),
    request(TYPED, 'g1', 9),
  ],
  facts: [
    ...MESSAGES.map((id) => fact(PLAIN, id)),
    ...MESSAGES.map((id) => fact(ORDERED, id)),
    fact(TYPED, 'g1'),
  ],
  dead: new Set(),
  retries: 0,
  excused: [],
  frozen: [],
  mayDie: false,
  forbidden: 0,
  books: [BOOKS],
  allEnded: true,
};

/** The same, but for one of its requests. */
export function withRequest(at: number, changes: Partial<Got>): DeliveryEvidence {
  return { ...SOUND, got: SOUND.got.map((each, i) => (i === at ? { ...each, ...changes } : each)) };
}

import { expect, test } from 'vitest';
import { checkRequests } from './check-requests.ts';
import type { DeliveryEvidence } from './evidence.ts';
import { fact, message, PLAIN, request, SOUND, TYPED, withRequest } from './sound-evidence.ts';

function broken(changes: Partial<DeliveryEvidence>): string[] {
  return checkRequests({ ...SOUND, ...changes }).map(({ promise }) => promise);
}

const BYTES = 'signatures and bytes are right';
const THEIRS = 'endpoints get what is theirs';
const FACTS = 'facts equal requests';
const BOOKS = 'the books are right';

test('finds nothing when everything is right', () => {
  expect(checkRequests(SOUND)).toEqual([]);
});

test('finds a request that is not signed as it should be', () => {
  expect(broken(withRequest(0, { signed: false }))).toEqual([BYTES]);
});

test('finds other bytes at a second attempt', () => {
  const failed = request(PLAIN, 'm1', 0, { status: 500, digest: 'another', content: undefined });
  const facts = [...SOUND.facts, fact(PLAIN, 'm1', { status: 500, outcome: 'failed', digest: 'another' })];
  expect(broken({ got: [failed, ...SOUND.got], facts })).toContain(BYTES);
});

test.each([{ payload: { n: 2 } }, { event: 'another' }, { source: 'another' }])(
  'finds a request with other content than its message: %j',
  (changes) => {
    const messages = [message('m1', changes), ...SOUND.messages.slice(1)];
    expect(broken({ messages })).toEqual(['values stay as they are', 'values stay as they are']);
  },
);

test.each([{ tenant: 'globex' }, { client: 'client-2' }])('finds a message of another %j', (changes) => {
  const messages = [message('m1', changes), ...SOUND.messages.slice(1)];
  expect(broken({ messages })).toEqual([THEIRS, THEIRS]);
});

test('finds a message of a type that the endpoint does not want', () => {
  const got = [...SOUND.got, request(TYPED, 'g2', 10)];
  const facts = [...SOUND.facts, fact(TYPED, 'g2')];
  expect(broken({ got, facts })).toContain(THEIRS);
});

test('finds a message that was stored before the endpoint was added', () => {
  const targets = [{ ...PLAIN, added: { fromMs: 1_500, toMs: 1_600 } }, ...SOUND.targets.slice(1)];
  expect(broken({ targets })).toEqual(Array.from({ length: 4 }, () => THEIRS));
});

test('finds a request to an endpoint that is paused', () => {
  const targets = (pausedUntilMs: number) => [{ ...PLAIN, pausedUntilMs }, ...SOUND.targets.slice(1)];
  expect(broken({ targets: targets(2_015) })).toEqual([THEIRS]);
  expect(broken({ targets: targets(2_005) })).toEqual([]);
});

test('finds a request for a message that is not stored, and to an endpoint that is none', () => {
  expect(broken(withRequest(0, { message: 'm9' }))).toContain('nothing is made up');
  expect(broken(withRequest(0, { endpoint: 'elsewhere/stolen' }))).toContain('nothing is made up');
});

test('finds an answer without a fact, unless a process died with it', () => {
  const facts = SOUND.facts.slice(1);
  const books = SOUND.books.map((each) => ({ ...each, delivered: 8, taken: 9 }));
  expect(broken({ facts, books })).toEqual([FACTS]);
  expect(broken({ facts, books, excused: [{ fromMs: 2_000, toMs: 2_020 }] })).toEqual([]);
});

test('finds a fact with another status than its answer, and one with another digest', () => {
  const other = (changes: Parameters<typeof fact>[2]) => [
    fact(PLAIN, 'm1', changes),
    ...SOUND.facts.slice(1),
  ];
  expect(broken({ facts: other({ status: 202 }) })).toEqual([FACTS, FACTS]);
  expect(broken({ facts: other({ digest: 'another' }) })).toEqual([FACTS]);
});

test('finds a fact of a request that nobody got', () => {
  const facts = [...SOUND.facts, fact(PLAIN, 'm1')];
  expect(broken({ facts })).toContain(FACTS);
});

test('a fact of a failure without a response needs no request', () => {
  const failed = fact(PLAIN, 'm1', { status: null, outcome: 'failed', error: 'connect: refused' });
  expect(broken({ facts: [...SOUND.facts, failed] })).toEqual([]);
});

test('finds books that do not add up, or say something else than the facts', () => {
  const books = (changes: object) => SOUND.books.map((each) => ({ ...each, ...changes }));
  expect(broken({ books: books({ taken: 11 }) })).toEqual([BOOKS]);
  expect(broken({ books: books({ balanced: false }) })).toEqual([BOOKS]);
  expect(broken({ books: books({ inFlight: 1, taken: 11 }) })).toEqual([BOOKS]);
  expect(broken({ books: books({ delivered: 10, taken: 11 }) })).toEqual([BOOKS]);
  expect(broken({ books: books({ delivered: 8, taken: 9 }) })).toEqual([BOOKS]);
  expect(broken({ books: books({ delivered: 8, taken: 9 }), allEnded: false })).toEqual([]);
});

test('finds connections to a forbidden address, and retries that are left', () => {
  expect(broken({ forbidden: 1 })).toEqual(['nothing forbidden is dialled']);
  expect(broken({ retries: 1 })).toEqual(['every message reaches every endpoint that wants it']);
});

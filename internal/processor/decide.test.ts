import { setImmediate as nextTurn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test, vi } from 'vitest';
import type { Event } from '../event/event.ts';
import { plainEvent } from '../proof/kit/events.ts';
import { Deciding, type DecideParts, decide } from './decide.ts';
import { MappingRegistry } from './mappings.ts';
import { SchemaRegistry } from './schemas.ts';

const RECEIVING = { queue: 'events', receivedAt: new Date() };

/** A registry that throws for events with this id, as a bug might. */
class BreakingSchemas extends SchemaRegistry {
  override check(event: Event) {
    if (event.eventId === 'breaking') throw new TypeError('not foreseen');
    return super.check(event);
  }
}

function partsWith(schemas: SchemaRegistry, mappings = new MappingRegistry()): DecideParts {
  return { schemas, mappings, maxExpandedBytes: 1_000_000 };
}

const message = (events: unknown) => ({
  sqsMessageId: 'sqs',
  body: JSON.stringify(events),
  attributes: {},
  systemAttributes: {},
});

test('an error that nobody expected is the outcome of its event, and of no other', () => {
  const events = ['a', 'breaking', 'b'].map((id) => plainEvent(id));
  const decided = decide(message(events), RECEIVING, partsWith(new BreakingSchemas()));
  expect(decided.events.map(({ decision }) => decision)).toMatchObject([
    { kind: 'storable' },
    {
      kind: 'refused',
      refusal: {
        reason: 'unstorable',
        detail: 'it could not be decided, because of an error in this program: not foreseen',
      },
    },
    { kind: 'storable' },
  ]);
  expect(decided.events[1]?.text()).toBe(JSON.stringify(events[1]));
  expect(decided.errors).toEqual([new TypeError('not foreseen')]);
});

test('an error that nobody expected of the body as a whole is the outcome of the message', () => {
  const mappings = {
    get current(): never {
      throw new TypeError('not foreseen');
    },
  } as unknown as MappingRegistry;
  const sent = message(plainEvent('a'));
  const decided = decide(sent, RECEIVING, partsWith(new SchemaRegistry(), mappings));
  expect(decided.events).toMatchObject([
    { index: null, decision: { kind: 'refused', refusal: { reason: 'unstorable' } } },
  ]);
  expect(decided.events[0]?.text()).toBe(sent.body);
});

describe('a time of delivery', () => {
  const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
  const decidedWith = (deliver_after: string, receivedAt = new Date()) =>
    decide(
      message(plainEvent('a', { deliver_after })),
      { ...RECEIVING, receivedAt },
      partsWith(new SchemaRegistry()),
    ).events[0]?.decision;

  test.each([inDays(-10_000), inDays(0), inDays(29.9), '0001-01-01T00:00:00+05:00'])(
    'in the past or at most 30 days ahead is taken as it is: %s',
    (deliverAfter) => {
      expect(decidedWith(deliverAfter)).toMatchObject({
        kind: 'storable',
        storable: { event: { deliverAfter } },
      });
    },
  );

  test.each([inDays(30.1), '9999-12-31T23:59:59Z', '9999-12-31T23:59:60Z'])(
    'more than 30 days ahead costs the event: %s',
    (deliverAfter) => {
      expect(decidedWith(deliverAfter)).toMatchObject({
        kind: 'refused',
        refusal: {
          reason: 'invalid_envelope',
          detail: expect.stringContaining('more than 30 days ahead'),
        },
        claims: { eventId: 'a', clientId: 'client-3' },
      });
    },
  );

  test('is compared with the clock, and not with the time when a replayed rejection was received', () => {
    const longAgo = new Date(Date.now() - 20 * 86_400_000);
    expect(decidedWith(inDays(15), longAgo)).toMatchObject({ kind: 'storable' });
  });
});

test('events are decided one at a time', () => {
  const deciding = new Deciding(
    message([plainEvent('a'), plainEvent('b')]),
    RECEIVING,
    partsWith(new SchemaRegistry()),
  );
  const seen: unknown[] = [];
  for (; !deciding.isDone; deciding.next()) seen.push(deciding.events.length);
  expect([...new Set(seen), deciding.events.length]).toEqual([0, 1, 2, 2]);
});

/** With it no array is read as a whole. */
const FILLER = `[${'0,'.repeat(131_100)}0]`;

function decidedOf(body: string, schemas = new SchemaRegistry()): Deciding {
  return decide({ ...message(null), body }, RECEIVING, partsWith(schemas));
}

test('a body whose last event is no JSON is refused whole, and none of the events before it is left', () => {
  const { events, errors } = decidedOf(`[${JSON.stringify(plainEvent('a'))},${FILLER},{"a":01}]`);
  expect(events).toMatchObject([
    { index: null, decision: { kind: 'refused', refusal: { reason: 'malformed_json' } } },
  ]);
  expect(errors).toEqual([]);
});

test('an error that nobody expected between two events is the outcome of the message', () => {
  const mappings = {
    current: [
      {
        get queue(): never {
          throw new TypeError('not foreseen');
        },
      },
    ],
  } as unknown as MappingRegistry;
  const decided = decide(
    message([plainEvent('a'), { foreign: true }]),
    RECEIVING,
    partsWith(new SchemaRegistry(), mappings),
  );
  expect(decided.events).toMatchObject([
    { index: null, decision: { kind: 'refused', refusal: { reason: 'unstorable' } } },
  ]);
  expect(decided.errors).toEqual([new TypeError('not foreseen')]);
});

test('8 MiB of brackets or numbers were parsed at once, which took seconds and a gigabyte', () => {
  const parse = vi.spyOn(JSON, 'parse');
  const deep = '['.repeat(4_100_000) + ']'.repeat(4_100_000);
  for (const [body, count] of [
    [`{"detail-type":"x","detail":${deep}}`, 1],
    [`[${`${'['.repeat(520)}${']'.repeat(520)},`.repeat(7_900)}0]`, 7_901],
    [`{"event_type":"a","client_id":"c","message":[${'1e5,'.repeat(2_000_000)}0]}`, 1],
  ] as const) {
    parse.mockClear();
    expect(decidedOf(body).events).toHaveLength(count);
    expect(Math.max(...parse.mock.calls.map(([text]) => text.length))).toBeLessThan(20);
  }
  parse.mockRestore();
});

test('each of many events is decoded when its turn has come', () => {
  const texts = Array.from({ length: 100 }, (_, i) =>
    JSON.stringify(plainEvent(i, { message: Array.from({ length: 1_000 }, () => 0) })),
  );
  const body = `[${texts.join(',')}]`.padEnd(300_000);
  const deciding = new Deciding({ ...message(null), body }, RECEIVING, partsWith(new SchemaRegistry()));
  const parse = vi.spyOn(JSON, 'parse');
  while (!deciding.isDone) {
    parse.mockClear();
    deciding.next();
    expect(
      parse.mock.calls.map(([text]) => text.length).reduce((sum, length) => sum + length, 0),
    ).toBeLessThan(5_000);
  }
  parse.mockRestore();
  expect(deciding.events).toHaveLength(100);
});

test('what is held of an event does not hold what was parsed of its body', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const bodies = [[plainEvent('a'), plainEvent('b')], plainEvent('c')].map((events) =>
    JSON.stringify(events),
  );
  const parsed: WeakRef<object>[] = [];
  const parse = JSON.parse;
  const spy = vi.spyOn(JSON, 'parse').mockImplementation((text: string) => {
    const value: unknown = parse(text);
    if (bodies.includes(text)) parsed.push(new WeakRef(value as object));
    return value;
  });
  const held = bodies.flatMap((body) => decidedOf(body).events);
  spy.mockRestore();
  expect(parsed).toHaveLength(bodies.length);
  await nextTurn(); // until then a new WeakRef holds its object
  collectGarbage();
  expect(parsed.map((ref) => ref.deref())).toEqual(bodies.map(() => undefined));
  expect(held.map(({ text }) => JSON.parse(text()))).toEqual(['a', 'b', 'c'].map((id) => plainEvent(id)));
});

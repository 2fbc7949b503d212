import { expect, test } from 'vitest';
import { checkArrivals } from './check-arrivals.ts';
import type { DeliveryEvidence } from './evidence.ts';
import { fact, ORDERED, PLAIN, request, SOUND, TYPED, withRequest } from './sound-evidence.ts';

function broken(changes: Partial<DeliveryEvidence>): string[] {
  return checkArrivals({ ...SOUND, ...changes }).map(({ promise }) => promise);
}

const MISSING = 'every message reaches every endpoint that wants it';
const TWICE = 'none is delivered twice without a cause';
const OVERLAP = 'never two at once for one message';
const ORDER = 'order is kept where it was asked for';

test('finds nothing when everything is right', () => {
  expect(checkArrivals(SOUND)).toEqual([]);
});

test('finds a message that did not arrive', () => {
  expect(broken({ got: SOUND.got.slice(1) })).toEqual([MISSING]);
});

test.each(['hang', 'reset', 'gone', 'lost', 'pending', 500] as const)(
  'a message whose only request ended with %s did not arrive',
  (status) => {
    expect(broken(withRequest(0, { status }))).toEqual([MISSING]);
  },
);

test('finds a message that was given up, unless a fault of the round makes deliveries die', () => {
  const given = { got: SOUND.got.slice(1), dead: new Set(['1 m1']) };
  expect(broken(given)).toEqual([MISSING]);
  expect(broken({ ...given, mayDie: true })).toEqual([]);
});

test('a removed endpoint need not get anything, and a new one only what was committed after it', () => {
  const got = SOUND.got.slice(1);
  const targets = (changes: Partial<typeof PLAIN>) => [{ ...PLAIN, ...changes }, ORDERED, TYPED];
  expect(broken({ got, targets: targets({ removedMs: 1 }) })).toEqual([]);
  expect(broken({ got, targets: targets({ added: { fromMs: 900, toMs: 1_100 } }) })).toEqual([]);
  expect(broken({ got, targets: targets({ added: { fromMs: 800, toMs: 900 } }) })).toEqual([MISSING]);
});

const AGAIN = request(PLAIN, 'm1', 10);

test('finds a message that came again', () => {
  expect(broken({ got: [...SOUND.got, AGAIN] })).toEqual([TWICE]);
  expect(broken({ got: [...SOUND.got, { ...AGAIN, status: 'gone' }] })).toEqual([TWICE]);
});

test('what came again is excused when a process died at the time of the first answer', () => {
  const got = [...SOUND.got, AGAIN];
  expect(broken({ got, excused: [{ fromMs: 2_010, toMs: 2_020 }] })).toEqual([]);
  expect(broken({ got, excused: [{ fromMs: 2_020, toMs: 2_100 }] })).toEqual([TWICE]);
});

test('finds more that came again than a process can have lost', () => {
  const got = [...SOUND.got, AGAIN, request(PLAIN, 'm2', 11)];
  const window = { fromMs: 2_000, toMs: 2_100 };
  expect(broken({ got, excused: [{ ...window, most: 2 }] })).toEqual([]);
  expect(broken({ got, excused: [{ ...window, most: 1 }] })).toEqual([TWICE]);
});

test('what came again after a lost answer, or after a failure, did not arrive before', () => {
  const first = SOUND.got.slice(1);
  for (const status of ['lost', 'reset', 500] as const)
    expect(broken({ got: [request(PLAIN, 'm1', 1, { status }), ...first, AGAIN] })).toEqual([]);
});

test('a replay may send a message again, once', () => {
  const facts = [...SOUND.facts, fact(PLAIN, 'm1', { unit: 7 })];
  expect(broken({ facts, got: [...SOUND.got, AGAIN] })).toEqual([]);
  expect(broken({ facts, got: [...SOUND.got, AGAIN, request(PLAIN, 'm1', 11)] })).toEqual([TWICE]);
});

test('finds a request while another one for the message is open, unless a process was frozen', () => {
  const got = [...SOUND.got, { ...AGAIN, open: 2 }];
  const excused = [{ fromMs: 2_000, toMs: 2_200 }];
  expect(broken({ got, excused })).toEqual([OVERLAP]);
  expect(broken({ got, excused, frozen: [{ fromMs: 2_000, toMs: 2_050 }] })).toEqual([]);
  expect(broken({ got, excused, frozen: [{ fromMs: 3_000, toMs: 3_100 }] })).toEqual([OVERLAP]);
});

test('finds messages that came in another order than they were committed in', () => {
  const got = SOUND.got.filter(({ endpoint }) => endpoint !== 'acme/ordered');
  const ordered = ['m1', 'm3', 'm2', 'm4'].map((id, i) => request(ORDERED, id, i + 5));
  expect(broken({ got: [...got, ...ordered] })).toEqual([ORDER]);
});

test('an ordered endpoint that failed a message must get it before the next', () => {
  const got = SOUND.got.filter(({ endpoint }) => endpoint !== 'acme/ordered');
  const failed = request(ORDERED, 'm1', 5, { status: 500 });
  const inOrder = ['m1', 'm2', 'm3', 'm4'].map((id, i) => request(ORDERED, id, i + 6));
  expect(broken({ got: [...got, failed, ...inOrder] })).toEqual([]);
  const overtaken = ['m2', 'm1', 'm3', 'm4'].map((id, i) => request(ORDERED, id, i + 6));
  expect(broken({ got: [...got, failed, ...overtaken] })).toEqual([ORDER]);
});

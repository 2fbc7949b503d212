import { expect, test } from 'vitest';
import { endpointOf, messageOf } from '../proof/kit/delivery-rows.ts';
import type { Wanted } from './item.ts';
import { Pace } from './pace.ts';
import type { Message, Retry } from './ports.ts';
import { Queue } from './queue.ts';

const MARK = {
  endpoint: 1,
  xid: 1n,
  factsFrom: '',
  lastSuccessAtMs: undefined,
  failingSinceMs: undefined,
  failures: 0,
};

function orderedQueue(): { readonly queue: Queue; readonly pace: Pace } {
  const pace = new Pace(endpointOf({ ordered: true }, 1), MARK);
  const queue = new Queue(pace, { ids: 0, payload: 0 });
  queue.ordered = true;
  return { queue, pace };
}

const fromLane = (...ids: string[]): Wanted[] =>
  ids.map((messageId) => ({ endpoint: 1, unit: 0, messageId, window: undefined, retry: undefined }));

const failed = (messageId: string, unit = 0): Retry => ({
  endpoint: 1,
  unit,
  messageId,
  dueAtMs: 0,
  attempts: 1,
  firstFailedAtMs: 0,
  lastStatus: 500,
  lastError: 'status: answered 500',
});

const messages = (...ids: string[]): Map<string, Message> =>
  new Map(ids.map((id) => [id, messageOf({}, id)]));

/** Loads what is to be loaded, without the messages that are gone. */
function load(queue: Queue, ...ids: string[]): Wanted[] {
  const wanted = queue.toLoad(1, 100);
  queue.load(wanted, messages(...ids), 1);
  return wanted;
}

test('in order, what was taken first is sent first, although its query fails while a later one could begin', () => {
  const { queue } = orderedQueue();
  queue.add(fromLane('a'));
  const first = queue.toLoad(1, 10);
  queue.add(fromLane('b'));
  expect(queue.toLoad(1, 10)).toEqual([]);
  queue.unload(first);
  load(queue, 'a', 'b');
  expect([queue.take(), queue.take()].map((item) => item?.messageId)).toEqual(['a', 'b']);
});

test('without order, two queries load for an endpoint at the same time', () => {
  const queue = new Queue(new Pace(endpointOf({}, 1), MARK), { ids: 0, payload: 0 });
  queue.add(fromLane('a'));
  const first = queue.toLoad(1, 10);
  queue.add(fromLane('b'));
  load(queue, 'b');
  queue.load(first, messages('a'), 1);
  expect([queue.take(), queue.take()].map((item) => item?.messageId)).toEqual(['b', 'a']);
});

test('in order, a failed message that is gone holds up nothing any more', () => {
  const { queue } = orderedQueue();
  queue.add(fromLane('b'));
  load(queue, 'b');
  queue.due.again(failed('a'));
  expect(queue.hasNext).toBe(false);
  const [gone] = load(queue);
  queue.recorded(gone as Wanted, undefined);
  expect(queue.hasNext).toBe(true);
});

test('in order, a replay that has ended does not let others pass the same message, which has failed', () => {
  const { queue } = orderedQueue();
  queue.add(fromLane('b'));
  load(queue, 'b');
  queue.due.again(failed('a'));
  load(queue, 'a');
  const replayed = { ...failed('a', 7), unit: 7 };
  queue.due.again(replayed);
  load(queue, 'a');
  const [first, second] = [queue.take(), queue.take()];
  for (const item of [first, second]) if (item?.unit === 7) queue.ended(item, undefined);
  expect(queue.hasNext).toBe(false);
});

test('in order, an endpoint that is down is probed with the message that failed, although another one is loaded', () => {
  const { queue, pace } = orderedQueue();
  queue.add(fromLane('b'));
  load(queue, 'b');
  queue.due.again(failed('a'));
  for (let i = 0; i < 5; i += 1) pace.failed(0, true);
  expect(pace.isOpen).toBe(true);
  Object.defineProperty(pace, 'capacity', { value: 1 }); // the time of the probe has come
  expect(load(queue, 'a').map(({ messageId }) => messageId)).toEqual(['a']);
});

test('what is put back waits in front, as it was, and takes no memory', () => {
  const held = { ids: 0, payload: 0 };
  const queue = new Queue(new Pace(endpointOf({ concurrency: 2 }, 1), MARK), held);
  const ids = Array.from({ length: 40 }, (_, i) => `message-${i + 10}`);
  queue.add(fromLane(...ids));
  queue.due.again(failed('a'));
  load(queue, 'a', ...ids);
  expect(held.payload).toBeGreaterThan(0);
  expect(held.ids).toBeLessThan(ids.length);
  queue.putBack();
  expect(held).toEqual({ ids: ids.length, payload: 0 });
  expect(queue).toMatchObject({ hasNext: false, fromLane: ids.length });
  expect(queue.due.first).toEqual(failed('a'));
  const [retry, ...others] = load(queue, 'a', ...ids).map(({ messageId }) => messageId);
  expect([retry, ...others]).toEqual(['a', ...ids.slice(0, others.length)]);
});

test('in order, nothing is put back in front of what was taken before it, and a failed message holds up the others', () => {
  const { queue } = orderedQueue();
  queue.add(fromLane('b'));
  load(queue, 'b');
  queue.add(fromLane('c'));
  const loading = queue.toLoad(1, 10);
  queue.putBack();
  queue.load(loading, messages('c'), 1);
  queue.due.again(failed('a'));
  load(queue, 'a');
  queue.putBack();
  expect(load(queue, 'a', 'b', 'c').map(({ messageId }) => messageId)).toEqual(['a', 'b', 'c']);
  const head = queue.take();
  expect([head?.messageId, queue.hasNext]).toEqual(['a', false]);
  queue.ended(head as NonNullable<typeof head>, undefined);
  expect([queue.take(), queue.take()].map((item) => item?.messageId)).toEqual(['b', 'c']);
});

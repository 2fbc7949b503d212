import { expect, test } from 'vitest';
import type { Wanted } from './item.ts';
import { Pace } from './pace.ts';
import type { Message } from './ports.ts';
import { Queue } from './queue.ts';

const NOW_MS = 1_000;

function queue(ordered: boolean): Queue {
  const endpoint = { ordered, concurrency: 4, ratePerSecond: null } as unknown as ConstructorParameters<
    typeof Pace
  >[0];
  const mark = { lastSuccessAtMs: undefined, failingSinceMs: undefined, failures: 0 };
  const made = new Queue(new Pace(endpoint, mark as ConstructorParameters<typeof Pace>[1]), {
    ids: 0,
    payload: 0,
  });
  made.ordered = ordered;
  return made;
}

function wanted(messageId: string): Wanted {
  return { endpoint: 1, unit: 0, messageId, window: undefined, retry: undefined };
}

function messages(...ids: readonly string[]): ReadonlyMap<string, Message> {
  return new Map(ids.map((id) => [id, { id, payload: '1', eventType: 'a' } as Message]));
}

function taken(from: Queue): (string | undefined)[] {
  return [from.take(NOW_MS), from.take(NOW_MS)].map((item) => item?.messageId);
}

test('in order, what was taken first is sent first, although its query fails while a later one could begin', () => {
  const line = queue(true);
  line.add([wanted('a')]);
  const first = line.toLoad(NOW_MS, 10);
  line.add([wanted('b')]);
  expect(line.toLoad(NOW_MS, 10)).toEqual([]);
  line.unload(first);
  line.load(line.toLoad(NOW_MS, 10), messages('a', 'b'), NOW_MS);
  expect(taken(line)).toEqual(['a', 'b']);
});

test('without order, two queries load for an endpoint at the same time', () => {
  const line = queue(false);
  line.add([wanted('a')]);
  const first = line.toLoad(NOW_MS, 10);
  line.add([wanted('b')]);
  line.load(line.toLoad(NOW_MS, 10), messages('b'), NOW_MS);
  line.load(first, messages('a'), NOW_MS);
  expect(taken(line)).toEqual(['b', 'a']);
});

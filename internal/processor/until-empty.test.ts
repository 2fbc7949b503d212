import { describe, expect, test } from 'vitest';
import { recordingLog } from '../proof/kit/work.ts';
import { UntilEmpty } from './until-empty.ts';

const never = new AbortController().signal;

/** Looks of which each is told these counts; `undefined` is a queue that does not answer. */
function setUp(...counts: (number | undefined)[]) {
  const seen = { holds: 0, done: 0, asked: 0 };
  const log = recordingLog();
  const untilEmpty = new UntilEmpty({
    inbox: {
      async remaining() {
        seen.asked += 1;
        const count = counts.shift();
        if (count === undefined) throw new Error('SQS is away');
        return count;
      },
    },
    log,
    holdsNothing: () => seen.holds === 0,
    done: () => {
      seen.done += 1;
    },
  });
  return { untilEmpty, seen, log };
}

describe('a queue is empty', () => {
  test('when two looks agree, and not after one', async () => {
    const { untilEmpty, seen } = setUp(0, 0);
    await untilEmpty.look(never);
    expect(seen.done).toBe(0);
    await untilEmpty.look(never);
    expect(seen.done).toBe(1);
  });

  test('only when the two looks come one after the other', async () => {
    const { untilEmpty, seen } = setUp(0, 1, 0, 0);
    for (let i = 0; i < 3; i += 1) await untilEmpty.look(never);
    expect(seen.done).toBe(0);
    await untilEmpty.look(never);
    expect(seen.done).toBe(1);
  });

  test('only when nothing was received between the two looks', async () => {
    const { untilEmpty, seen } = setUp(0, 0, 0);
    await untilEmpty.look(never);
    untilEmpty.received();
    await untilEmpty.look(never);
    expect(seen.done).toBe(0);
    await untilEmpty.look(never);
    expect(seen.done).toBe(1);
  });

  test('only while nothing is held: the queue is not even asked', async () => {
    const { untilEmpty, seen } = setUp(0, 0);
    seen.holds = 1;
    await untilEmpty.look(never);
    expect(seen).toMatchObject({ asked: 0, done: 0 });
  });

  test('only if nothing was received while the queue was asked', async () => {
    const { untilEmpty, seen } = setUp(0, 0);
    await untilEmpty.look(never);
    const second = untilEmpty.look(never);
    seen.holds = 1;
    await second;
    expect(seen.done).toBe(0);
  });
});

test('a queue that does not answer is asked again, and its silence is no look', async () => {
  const { untilEmpty, seen, log } = setUp(undefined, 0, undefined, 0);
  for (let i = 0; i < 3; i += 1) await untilEmpty.look(never);
  expect(seen.done).toBe(0);
  await untilEmpty.look(never);
  expect(seen.done).toBe(1);
  expect(log.lines).toEqual(
    Array(2).fill('warn: the queue could not be asked what it still holds; asking again'),
  );
});

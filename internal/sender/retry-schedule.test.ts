import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nextAttempt } from './retry-schedule.ts';

const DEFAULT = [5, 30, 120, 600, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];
const FIRST = {
  attempts: 1,
  retrySeconds: DEFAULT,
  firstFailedAtMs: 1_000,
  nowMs: 1_000,
  minSeconds: undefined,
  random: 0,
};

const SCHEDULE = fc.array(fc.integer({ min: 1, max: 604_800 }), { minLength: 1, maxLength: 50 });
const RANDOM = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('the next attempt', () => {
  test.each(DEFAULT.map((seconds, i) => [i + 1, seconds] as const))(
    'after %i attempts comes in %i s, or up to a fifth later',
    (attempts, seconds) => {
      const failed = { ...FIRST, attempts };
      expect(nextAttempt(failed)).toEqual({ kind: 'at', dueAtMs: 1_000 + seconds * 1000 });
      expect(nextAttempt({ ...failed, random: 0.999_999_999 })).toEqual({
        kind: 'at',
        dueAtMs: 1_000 + seconds * 1200,
      });
    },
  );

  test('comes no earlier than the outcome asks for, with jitter on top', () => {
    expect(nextAttempt({ ...FIRST, minSeconds: 300 })).toEqual({ kind: 'at', dueAtMs: 301_000 });
    expect(nextAttempt({ ...FIRST, minSeconds: 300, random: 0.5 })).toEqual({ kind: 'at', dueAtMs: 331_000 });
    expect(nextAttempt({ ...FIRST, attempts: 4, minSeconds: 300 })).toEqual({ kind: 'at', dueAtMs: 601_000 });
  });

  test.each([
    [12, DEFAULT],
    [13, DEFAULT],
    [1, []],
  ])('does not come after %i attempts of the schedule %j', (attempts, retrySeconds) => {
    expect(nextAttempt({ ...FIRST, attempts, retrySeconds })).toEqual({ kind: 'dead', reason: 'attempts' });
  });
});

describe('the deadline', () => {
  const failed = { ...FIRST, retrySeconds: [10, 100], attempts: 2 };
  const DEADLINE = 1_000 + 132_000 + 3_600_000;

  test('ends what was held up for an hour more than its schedule takes', () => {
    expect(nextAttempt({ ...failed, nowMs: DEADLINE })).toEqual({ kind: 'dead', reason: 'deadline' });
  });

  test('still has an attempt when it comes, but not before the endpoint allows it', () => {
    const nowMs = DEADLINE - 1_000;
    expect(nextAttempt({ ...failed, nowMs })).toEqual({ kind: 'at', dueAtMs: DEADLINE });
    expect(nextAttempt({ ...failed, nowMs, minSeconds: 7 })).toEqual({ kind: 'at', dueAtMs: nowMs + 7_000 });
  });

  test('takes no attempt from a delivery that follows its schedule, however long each attempt lasts', () => {
    fc.assert(
      fc.property(SCHEDULE, fc.array(RANDOM, { minLength: 50, maxLength: 50 }), (retrySeconds, randoms) => {
        let nowMs = 0;
        for (let attempts = 1; attempts <= retrySeconds.length; attempts += 1) {
          const next = nextAttempt({
            ...FIRST,
            retrySeconds,
            attempts,
            firstFailedAtMs: 0,
            nowMs,
            random: randoms[attempts - 1] as number,
          });
          if (next.kind === 'dead') throw new Error(`dead after ${attempts} attempts: ${next.reason}`);
          const delayMs = next.dueAtMs - nowMs;
          expect(delayMs).toBeGreaterThanOrEqual((retrySeconds[attempts - 1] as number) * 1000);
          nowMs = next.dueAtMs + 30_000;
        }
      }),
    );
  });
});

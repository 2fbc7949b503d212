import { afterEach, describe, expect, test, vi } from 'vitest';
import { fullJitterMs } from './back-off.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

const LONGEST = () => vi.spyOn(Math, 'random').mockReturnValue(1);

describe('the delay before a retry', () => {
  test('doubles with each retry, from the base up to the cap', () => {
    LONGEST();
    expect([0, 1, 2, 3, 4, 100].map((attempt) => fullJitterMs(attempt, 100, 1_000))).toEqual([
      100, 200, 400, 800, 1_000, 1_000,
    ]);
  });

  test('is a number after thousands of retries, cap or none', () => {
    LONGEST();
    expect(fullJitterMs(5_000, 100, Number.POSITIVE_INFINITY)).toBe(100 * 2 ** 30);
  });

  test('is anything between nothing and that', () => {
    const random = vi.spyOn(Math, 'random');
    const delays = [0, 0.25, 0.75].map((share) => {
      random.mockReturnValueOnce(share);
      return fullJitterMs(1, 100, 1_000);
    });
    expect(delays).toEqual([0, 50, 150]);
  });
});

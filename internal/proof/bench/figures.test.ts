import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { markdownTable, median, percentile, whole } from './figures.ts';

describe('median', () => {
  it('is the middle value, or the mean of the two middle values', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([10])).toBe(10);
    expect(median([])).toBeNaN();
  });
});

describe('percentile', () => {
  it('is the smallest value that this share does not exceed', () => {
    const hundred = Array.from({ length: 100 }, (_, i) => 100 - i);
    expect(percentile(hundred, 0.99)).toBe(99);
    expect(percentile(hundred, 1)).toBe(100);
    expect(percentile(hundred, 0)).toBe(1);
    expect(percentile([7], 0.99)).toBe(7);
    fc.assert(
      fc.property(
        fc.array(fc.integer(), { minLength: 1 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (all, share) => {
          const value = percentile(all, share);
          const below = all.filter((it) => it <= value).length;
          const under = all.filter((it) => it < value).length;
          return below >= all.length * share && (under < all.length * share || under === 0);
        },
      ),
    );
  });
});

test('a table has right-aligned numbers', () => {
  expect(
    markdownTable(
      ['what', 'events/s'],
      [
        ['one', '1,234'],
        ['another', '–'],
      ],
    ),
  ).toBe(
    [
      '| what    | events/s |',
      '| ------- | -------: |',
      '| one     |    1,234 |',
      '| another |        – |',
      '',
    ].join('\n'),
  );
});

test('large numbers have groups of three digits', () => {
  expect(whole(1_234_567.8)).toBe('1,234,568');
});

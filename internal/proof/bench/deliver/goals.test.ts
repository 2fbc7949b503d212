import { expect, test } from 'vitest';
import { judge } from './goals.ts';

const find = (results: ReturnType<typeof judge>, what: string) =>
  results.find((each) => each.what.startsWith(what));

test('a ratio is the median of the rounds, each with the limit that was measured in it', () => {
  const rounds = [
    { 'bare.rate': 1_000, 'one.rate': 700 },
    { 'bare.rate': 100, 'one.rate': 60 }, // a round in which the machine had other work
    { 'bare.rate': 1_000, 'one.rate': 720 },
  ];
  const result = find(judge(['one'], rounds), 'one endpoint: rate of the bare loop');
  expect(result).toMatchObject({ goal: 'at least 0.65 ×', measured: '0.70 ×', reached: true });
});

test('a goal of CPU, memory or time is reached at or below its number, one of a rate at or above it', () => {
  const of = (figures: Record<string, number>) => judge(['many', 'failing'], [figures]);
  const figures = { 'bare.rate': 100, 'many.rate': 45, 'many.megabytes': 250, 'failing.lost': 0 };
  expect(find(of(figures), '10,000 endpoints: rate')?.reached).toBe(true);
  expect(find(of({ ...figures, 'many.rate': 44 }), '10,000 endpoints: rate')?.reached).toBe(false);
  expect(find(of(figures), '10,000 endpoints: peak')).toMatchObject({
    goal: 'at most 250 MB',
    reached: true,
  });
  expect(find(of({ ...figures, 'many.megabytes': 251 }), '10,000 endpoints: peak')?.reached).toBe(false);
  expect(find(of({ ...figures, 'failing.lost': 1 }), 'endpoints that fail')?.reached).toBe(false);
});

test('what was not measured is no goal, and a figure that is missing reaches none', () => {
  expect(judge(['latency'], [{}]).map(({ what, reached }) => [what, reached])).toEqual([
    ['from SQS to the receiver at 500/s: p50', false],
    ['from SQS to the receiver at 500/s: p99', false],
  ]);
});

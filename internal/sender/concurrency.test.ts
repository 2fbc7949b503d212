import { expect, test } from 'vitest';
import { Concurrency } from './concurrency.ts';

/** Grown to that limit. */
function grown(limit: number, cap = 128): Concurrency {
  const concurrency = new Concurrency(cap);
  while (concurrency.limit < limit) concurrency.succeeded(concurrency.limit);
  return concurrency;
}

test.each([
  [1, 1],
  [3, 3],
  [4, 4],
  [128, 4],
])('an endpoint with the cap %i begins with %i', (cap, limit) => {
  expect(new Concurrency(cap).limit).toBe(limit);
});

test('the limit grows by one after as many successes as it is, up to the cap', () => {
  const concurrency = new Concurrency(6);
  const limits = Array.from({ length: 20 }, () => {
    concurrency.succeeded(concurrency.limit);
    return concurrency.limit;
  });
  expect(limits).toEqual([4, 4, 4, 5, 5, 5, 5, 5, ...Array.from({ length: 12 }, () => 6)]);
});

test('the limit does not grow while less than half of it is used', () => {
  const concurrency = grown(10);
  for (let i = 0; i < 1_000; i += 1) concurrency.succeeded(4);
  expect(concurrency.limit).toBe(10);
  for (let i = 0; i < 10; i += 1) concurrency.succeeded(5);
  expect(concurrency.limit).toBe(11);
});

test('an overload halves the limit once, however many requests of that time report it', () => {
  const concurrency = grown(16);
  for (let i = 0; i < 16; i += 1) concurrency.overloaded(1_000 + i, 900 + i);
  expect(concurrency.limit).toBe(8);
  concurrency.overloaded(1_100, 1_000);
  expect(concurrency.limit).toBe(4);
});

test('the limit stays at least 1, and grows again from there', () => {
  const concurrency = new Concurrency(4);
  for (let i = 0; i < 10; i += 1) concurrency.overloaded(i, i);
  expect(concurrency.limit).toBe(1);
  concurrency.succeeded(1);
  expect(concurrency.limit).toBe(2);
});

test('an overload begins the window of successes anew', () => {
  const concurrency = grown(8);
  for (let i = 0; i < 7; i += 1) concurrency.succeeded(8);
  concurrency.overloaded(0, 0);
  concurrency.succeeded(4);
  expect(concurrency.limit).toBe(4);
});

test('a lower cap holds at once, a higher one lets the limit grow', () => {
  const concurrency = grown(8, 8);
  concurrency.setCap(3);
  expect(concurrency.limit).toBe(3);
  concurrency.setCap(4);
  for (let i = 0; i < 100; i += 1) concurrency.succeeded(4);
  expect(concurrency.limit).toBe(4);
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Alarms } from './alarms.ts';

test('rings for each endpoint once, at its earliest time', () => {
  const alarms = new Alarms();
  alarms.set(1, 30);
  alarms.set(2, 20);
  alarms.set(1, 10);
  alarms.set(1, 40); // it is looked at before
  expect(alarms.nextMs).toBe(10);
  expect(alarms.ring(9)).toEqual([]);
  expect(alarms.ring(10)).toEqual([1]);
  expect(alarms.ring(100)).toEqual([2]);
  expect(alarms.nextMs).toBeUndefined();
});

test('rings in the order of time', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 1_000 })), (times) => {
      const alarms = new Alarms();
      for (const [endpoint, atMs] of times.entries()) alarms.set(endpoint, atMs);
      const rung = alarms.ring(1_000).map((endpoint) => times[endpoint]);
      expect(rung).toEqual(times.toSorted((a, b) => a - b));
    }),
  );
});

import { expect, test } from 'vitest';
import { Windows } from './windows.ts';

test('the mark stays at the first lane that is not wholly settled, whatever is settled after it', () => {
  const windows = new Windows();
  const first = windows.open(5n, 2);
  const second = windows.open(7n, 1);
  second.pending -= 1;
  expect(windows.first).toBe(5n);
  first.pending -= 1;
  expect(windows.first).toBe(5n);
  first.pending -= 1;
  expect(windows.first).toBeUndefined();
});

test('attempts are looked for from the earliest one of the lanes that are left', () => {
  const windows = new Windows();
  const first = windows.open(5n, 1);
  const second = windows.open(7n, 1, 'b');
  first.firstFact = 'c';
  expect(windows.firstFact).toBe('b');
  second.pending = 0; // settled, but behind one that is not: its attempts still count
  expect(windows.firstFact).toBe('b');
  first.pending = 0;
  expect(windows.firstFact).toBeUndefined();
});

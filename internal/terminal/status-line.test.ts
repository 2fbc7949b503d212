import { expect, test } from 'vitest';
import { partsThatFit } from './status-line.ts';

const PARTS = ['received 10', 'stored 9', 'rejected 1'];

test.each([
  [undefined, 'received 10 | stored 9 | rejected 1'],
  [36, 'received 10 | stored 9 | rejected 1'],
  [35, 'received 10 | stored 9'],
  [12, 'received 10'],
  [6, 'rece…'],
])('in %s columns the last ones are left out, and the last column stays free', (columns, line) => {
  expect(partsThatFit(PARTS, columns)).toBe(line);
});

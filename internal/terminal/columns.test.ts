import { expect, test } from 'vitest';
import { columnsOf } from './columns.ts';

test.each([
  ['a terminal of that width', { isTTY: true, columns: 132 }, '80', 132],
  ['a terminal that does not tell its width', { isTTY: true, columns: 0 }, undefined, 80],
  ['a terminal that does not, and COLUMNS', { isTTY: true, columns: 0 }, '100', 100],
  ['a pipe with COLUMNS', { isTTY: false, columns: 0 }, '80', 80],
  ['a pipe', { isTTY: false, columns: 0 }, undefined, undefined],
  ['a pipe with something else in COLUMNS', { isTTY: false, columns: 0 }, 'wide', undefined],
  ['a terminal too narrow for anything', { isTTY: true, columns: 5 }, undefined, 20],
])('lines fit %s', (_what, stream, told, width) => {
  expect(columnsOf(stream, told)).toBe(width);
});

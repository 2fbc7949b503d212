import { expect, test } from 'vitest';
import { malformation } from './malformed.ts';

test.each([
  ['', 'it is empty'],
  [' \n', 'it is empty'],
  ['Hello', "Unexpected token 'H' at position 0 (line 1 column 1)"],
  ['{"a":\n  [1,]}', "Unexpected token ']' at position 11 (line 2 column 6)"],
  ['nulx', "Unexpected token 'x' at position 3 (line 1 column 4)"],
  ['undefined', "Unexpected token 'u' at position 0 (line 1 column 1)"],
  ['[object Object]', "Unexpected token 'o' at position 1 (line 1 column 2)"],
  ['[😀]', "Unexpected token '😀' at position 1 (line 1 column 2)"],
  ['\u0000', "Unexpected token '\uFFFD' at position 0 (line 1 column 1)"],
  ['{"a":1', "Expected ',' or '}' after property value at position 6 (line 1 column 7)"],
  ['[1,', 'Unexpected end of JSON input'],
  ['{"a":1}}', 'Unexpected non-whitespace character after JSON at position 7 (line 1 column 8)'],
])('%j: %s', (text, words) => {
  expect(malformation(text)).toBe(words);
});

test('an unexpected token is located wherever it stands in what is searched, and quickly given up beyond', () => {
  for (const length of [1, 2, 3, 1_000, 65_534]) {
    expect(malformation(`[${' '.repeat(length)}?`)).toContain(`'?' at position ${length + 1} `);
  }
  expect(malformation(`[${' '.repeat(65_535)}?`)).toBe('Unexpected token beyond position 65536');
});

test('what the text holds is not told', () => {
  for (const secret of [
    '"swordfish" x',
    '["swordfish"} ',
    '{"swordfish": swordfish}',
    "'swordfish'",
    '{"swordfish',
  ]) {
    expect(malformation(secret)).not.toMatch(/swor|fish/);
  }
});

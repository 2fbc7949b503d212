import { expect, test } from 'vitest';
import { parseJson } from './exact.ts';
import { keepable } from './kept.ts';

test.each([
  ['"now"', '"now"'],
  ['null', 'null'],
  ['true', 'true'],
  ['1796000000.50', '1796000000.50'],
  ['9007199254740993', '9007199254740993'],
  ['{"a":[1.0]}', '{"a":[1.0]}'],
  [`[${'1,'.repeat(600)}1]`, JSON.stringify(`[${'1,'.repeat(511)}…`)],
  [`"${'x'.repeat(1_025)}"`, `"${'x'.repeat(1_023)}…"`],
  ['"a\\u0000\\ud800"', '"a\uFFFD\uFFFD"'],
  ['["a\\u0000"]', String.raw`"[\"a\\u0000\"]"`],
  ['1e200000', '"1e200000"'],
  ['-1e-200000', '"-1e-200000"'],
])('%s is kept as %s', (json, kept) => {
  expect(JSON.stringify(keepable(parseJson(json).exact))).toBe(kept);
});

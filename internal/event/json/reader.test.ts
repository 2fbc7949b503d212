import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalText } from '../json-schema/canonical.ts';
import { numKey, numOfText } from '../json-schema/numbers.ts';
import { readJsonText } from './reader.ts';

const canonical = (value: unknown) => canonicalText(value, { steps: 0 });

const readExactly = (text: string) => readJsonText(text, numOfText);

/** The slow way to the same: a reviver, which is given the source of each number. */
const revived = (text: string): unknown =>
  JSON.parse(text, (_key, value: unknown, context?: { source: string }) =>
    typeof value === 'number' && context !== undefined ? numOfText(context.source) : value,
  );

const NUMBERS = ['0', '-0', '1.10', '1e400', '-1.5E-7', '9007199254740993', '0.1', '-12', '1E+2'];

/** JSON values, with numbers of every kind put where the texts of their names stand. */
const anyJson = fc
  .jsonValue({ maxDepth: 4 })
  .map((value) => JSON.stringify(value))
  .chain((text) =>
    fc.array(fc.constantFrom(...NUMBERS), { minLength: 1, maxLength: 4 }).map((n) => `[${n.join()},${text}]`),
  );

describe('reading exactly', () => {
  test('gives what parsing gives', () => {
    fc.assert(
      fc.property(anyJson, (text) => {
        expect(canonical(readExactly(text))).toBe(canonical(revived(text)));
      }),
    );
  });

  test.each([
    ['[1.10,{}]', '{}'],
    [' [ 1.10 , {"a" :\n [ 1 ,2 ] , "b":{ } } ] ', '{"a":[1,2],"b":{}}'],
    ['[1.10,[]]', '[]'],
    ['[1.10,true,false,null]', 'null'],
    ['[1.10,"a\\\\"]', '"a\\\\"'],
    ['[1.10,"\\"]","[\\u0000"]', '"[\\u0000"'],
    ['[1.10,"\ud83d\ude00"]', '"\ud83d\ude00"'],
    ['[1.10,{"__proto__":{"a":1}}]', '{"__proto__":{"a":1}}'],
    ['[1.10,{"a":1,"a":2}]', '{"a":2}'],
  ])('of %s gives %s at last', (text, last) => {
    const value = (readExactly(text) as unknown[]).at(-1);
    expect(JSON.stringify(value)).toBe(JSON.stringify(JSON.parse(last)));
    expect(Object.getPrototypeOf(Object(value))).toBe(Object.getPrototypeOf(Object(JSON.parse(last))));
  });

  test.each(NUMBERS)('of %s alone gives its value', (text) => {
    expect(numKey(readExactly(text) as number)).toBe(numKey(numOfText(text)));
  });
});

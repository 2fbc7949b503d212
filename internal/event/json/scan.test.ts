import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  cut,
  elementTexts,
  endOfString,
  isTooDeep,
  MAX_DEPTH,
  MAX_MEMBERS,
  MAX_VALUES,
  survey,
  trimmed,
} from './scan.ts';

describe('the depth of a text', () => {
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

  test('may be the limit and no more', () => {
    expect(isTooDeep(nested(MAX_DEPTH))).toBe(false);
    expect(isTooDeep(nested(MAX_DEPTH + 1))).toBe(true);
    expect(isTooDeep(`${'{"a":'.repeat(MAX_DEPTH + 1)}1${'}'.repeat(MAX_DEPTH + 1)}`)).toBe(true);
  });

  test('counts what is open at once, and no brackets inside of texts', () => {
    expect(isTooDeep(`[${Array.from({ length: 1_000 }, () => '[{}]').join(',')}]`)).toBe(false);
    expect(isTooDeep(JSON.stringify({ a: `\\"${'[{'.repeat(1_000)}\\` }))).toBe(false);
    expect(isTooDeep(`["\\\\",${nested(MAX_DEPTH)}]`)).toBe(true);
    expect(isTooDeep(`"${'['.repeat(1_000)}`)).toBe(false);
  });
});

test('the texts of the elements of an array are those that make it up', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue({ noUnicodeString: false })), fc.nat({ max: 2 }), (values, indent) => {
      const texts = elementTexts(JSON.stringify(values, null, indent)).filter((text) => text.trim() !== '');
      expect(texts.map((text) => JSON.stringify(JSON.parse(text)))).toEqual(
        values.map((value) => JSON.stringify(value)),
      );
    }),
  );
});

describe('a survey of a text', () => {
  test('counts values, members and levels, and nothing inside of texts', () => {
    expect(survey('[{"a,:[":1,"b":[2,3]},"{[,:"]')).toEqual({ isTooDeep: false, values: 6, members: 2 });
    expect(survey('"[[[[,,,')).toEqual({ isTooDeep: false, values: 0, members: 0 });
  });

  test('ends where a limit is exceeded, however long the text goes on', () => {
    expect(survey('['.repeat(1_000_000))).toMatchObject({ isTooDeep: true, values: MAX_DEPTH + 1 });
    expect(survey('[],'.repeat(1_000_000)).values).toBe(MAX_VALUES + 1);
    expect(survey('{"":'.repeat(10) + '"":'.repeat(1_000_000)).members).toBe(MAX_MEMBERS + 1);
  });
});

test.each(['[', '[1,{"a":[}', '["]', ' {"a":1'])('%s is never closed', (text) => {
  expect(cut(text, 10)).toBeNull();
});

test('a text is cut into all of its parts, of which no more are told than were asked for', () => {
  expect(cut(' [1,[2,3],"]"] x', 2)).toEqual({ start: 2, ends: [3, 9], count: 3, end: 14 });
});

test('a text ends at the first quote that is not escaped', () => {
  const piece = fc.constantFrom('\\', '"', 'a', '\n', 'é');
  fc.assert(
    fc.property(fc.array(piece), fc.array(piece), (content, behind) => {
      const json = JSON.stringify(content.join(''));
      expect(endOfString(`[${json}${behind.join('')}`, 1)).toBe(json.length);
    }),
  );
  expect(endOfString(String.raw`"a\"`, 0)).toBe(4);
  expect(endOfString(String.raw`"a\"`, 0)).toBe(4);
  expect(endOfString('"a', 0)).toBe(2);
});

test("white space is JSON's alone: what JavaScript would trim besides is no JSON", () => {
  expect(trimmed(' \t\r\n1\n ')).toBe('1');
  expect(trimmed('\u00a01\u2003')).toBe('\u00a01\u2003');
  expect(trimmed(' \n ')).toBe('');
});

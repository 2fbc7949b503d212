import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { got, integerText, MAX_LENGTHS } from './names.ts';
import { parseJson } from './json/exact.ts';

test.each([
  ['5', '5'],
  ['9007199254740993', '9007199254740993'],
  ['1.50e2', '150'],
  ['1.5', null],
  ['1e400', null],
  ['"5"', null],
  ['null', null],
])('the digits of %s are %s', (json, digits) => {
  expect(integerText(parseJson(json).exact)).toBe(digits);
});

test('what was got is told by kind and length alone', () => {
  expect([undefined, null, [1], '', 'secret', {}, 5, true].map(got)).toEqual([
    'it is missing',
    'got null',
    'got an array',
    'got an empty text',
    'got a text of 6 characters',
    'got an object',
    'got a number',
    'got a boolean',
  ]);
});

test('tenants, clients and event types may be as long as their columns allow', () => {
  const schema = readFileSync(new URL('../../migrations/0001_core.sql', import.meta.url), 'utf8');
  const allowed = [...schema.matchAll(/length\((?:id|name)\) <= (\d+)/g)].map(([, length]) => Number(length));
  expect(allowed).toEqual([MAX_LENGTHS.name, MAX_LENGTHS.name, MAX_LENGTHS.eventType]);
});

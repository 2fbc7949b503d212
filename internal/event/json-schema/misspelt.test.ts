import { expect, test } from 'vitest';
import { meant } from './misspelt.ts';

const KEYWORDS = [
  'required',
  'minimum',
  'minLength',
  'additionalProperties',
  'items',
  'not',
  'type',
  '$ref',
  'enum',
];

test.each([
  ['requried', 'required'],
  ['minimun', 'minimum'],
  ['additionalproperties', 'additionalProperties'],
  ['min_length', 'minLength'],
  ['MinLength', 'minLength'],
  ['itmes', 'items'],
  ['tpye', 'type'],
  ['ref', '$ref'],
  ['requirements', undefined],
  ['note', 'not'],
  ['example', undefined],
  ['enmu', 'enum'],
  ['x', undefined],
])('%s probably means %s', (name, expected) => {
  expect(meant(name, KEYWORDS)).toBe(expected);
});

test('of two names as near, the first', () => {
  expect(meant('abcdex', ['abcdea', 'abcdeb'])).toBe('abcdea');
});

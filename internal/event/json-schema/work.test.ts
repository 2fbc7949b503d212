import { describe, expect, test } from 'vitest';
import { usableSchema } from '../../proof/kit/schemas.ts';

const TOO_MANY = /^the schema takes more than \d+ steps to check this payload$/;

function doubling(levels: number): unknown {
  return levels === 0 ? { type: 'null' } : { anyOf: [doubling(levels - 1), doubling(levels - 1)] };
}

const IN_CIRCLES = { items: { anyOf: [{ $ref: '#/$defs/a' }, { $ref: '#/$defs/a' }] }, minItems: 1 };
const UNIQUE_WITHIN = { uniqueItems: true, items: { $ref: '#/$defs/a' } };
const NUMERALS = JSON.stringify(Array.from({ length: 9_000 }, (_, i) => `${i}`));

describe('the work of a check', () => {
  test.each<[string, unknown, string]>([
    ['alternatives that double at every level', doubling(18), '1'],
    [
      'alternatives in circles',
      { $ref: '#/$defs/a', $defs: { a: IN_CIRCLES } },
      `${'['.repeat(30)}${']'.repeat(30)}`,
    ],
    [
      'unique items within unique items',
      { $ref: '#/$defs/a', $defs: { a: UNIQUE_WITHIN } },
      `${'[1,'.repeat(300)}${NUMERALS}${']'.repeat(300)}`,
    ],
  ])('ends for %s', (_name, schema, payload) => {
    expect(usableSchema(schema).check(payload)).toMatch(TOO_MANY);
  });

  test('is bounded more tightly for a short payload than for a long one', () => {
    const schema = usableSchema({ items: doubling(12) });
    const long = JSON.stringify('x'.repeat(3_000));
    expect([schema.check('[1,1]'), schema.check(`[1,${long}]`)]).toEqual([
      expect.stringMatching(/must match one of/),
      expect.stringMatching(/must match one of/),
    ]);
    const deeper = usableSchema({ items: doubling(15) });
    expect(deeper.check('[1]')).toMatch(TOO_MANY);
    expect(deeper.check(`[${long}]`)).not.toMatch(TOO_MANY);
  });

  test('leaves room for a payload of a megabyte', () => {
    const item = {
      type: 'object',
      required: ['a'],
      properties: { a: { type: 'integer' } },
      additionalProperties: false,
    };
    expect(usableSchema({ items: item }).check(`[${'{"a":1},'.repeat(125_000)}{"a":1}]`)).toBeNull();
  });

  test('does not go round in circles for ever', () => {
    expect(usableSchema({ $ref: '#' }).check('1')).toBe(
      'the schema nests or refers more than 2500 schemas deep to check this payload',
    );
  });

  test('goes as deep as payloads do', () => {
    const node = { allOf: [{ properties: { next: { $ref: '#/$defs/node' } } }] };
    const schema = usableSchema({ $ref: '#/$defs/node', $defs: { node } });
    expect(schema.check(`${'{"next":'.repeat(500)}{}${'}'.repeat(500)}`)).toBeNull();
  });

  test('needs no stack for a long chain of references that is compiled', () => {
    const links = Array.from({ length: 20_000 }, (_, i) => [`d${i}`, { $ref: `#/$defs/d${i + 1}` }] as const);
    const $defs = { ...Object.fromEntries(links), d20000: {} };
    const schema = usableSchema({ $defs, $ref: '#/$defs/d19000', properties: { b: { $ref: '#/$defs/d0' } } });
    expect(schema.check('{"a":1}')).toBeNull();
    expect(schema.check('{"b":1}')).toContain('2500 schemas deep');
  });

  test('ends, and says so, where a pattern stops it', () => {
    expect(usableSchema({ pattern: '(a*)\\1b' }).check(JSON.stringify('a'.repeat(5_000)))).toContain(
      'a maxLength beside it',
    );
  });
});

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

class TooMany extends Error {}

/** An array or object that counts how often its members are looked at, and throws when that is too often. */
function counting<T extends object>(value: T, most: number): T {
  let looks = 0;
  const look = (count: number) => {
    looks += count;
    if (looks > most) throw new TooMany(`more than ${most} looks`);
  };
  return new Proxy(value, {
    get(target, name) {
      look(1);
      return Reflect.get(target, name) as unknown;
    },
    getOwnPropertyDescriptor(target, name) {
      look(1);
      return Reflect.getOwnPropertyDescriptor(target, name);
    },
    ownKeys(target) {
      const names = Reflect.ownKeys(target);
      look(names.length);
      return names;
    },
  });
}

const SIZE = 5_000;
const NAMES = Array.from({ length: SIZE }, (_, i) => `k${i}`);
const MEMBERS = Object.fromEntries(NAMES.map((name) => [name, 1]));
const ELEMENTS = NAMES.map(() => 1);

const OF_OBJECTS: readonly unknown[] = [
  { required: NAMES },
  { maxProperties: SIZE },
  { minProperties: SIZE },
  { maxProperties: 1 },
  { dependentRequired: { k0: NAMES } },
  { dependentSchemas: Object.fromEntries(NAMES.map((name) => [name, true])) },
  { propertyNames: true },
  { propertyNames: false },
  { propertyNames: { maxLength: 9 } },
  { properties: { k1: true } },
  { properties: { k0: false } },
  { patternProperties: Object.fromEntries(NAMES.slice(0, 50).map((name) => [`^${name}[a-z]*$`, true])) },
  { additionalProperties: true },
  { additionalProperties: false },
  { additionalProperties: { type: 'number' } },
  { unevaluatedProperties: true },
  { unevaluatedProperties: false },
  { patternProperties: { '^k': true }, unevaluatedProperties: false },
  { enum: [{ k0: 1 }] },
];
const OF_ARRAYS: readonly unknown[] = [
  { items: true },
  { items: { type: 'number' } },
  { prefixItems: NAMES.map(() => true) },
  { prefixItems: [...NAMES.slice(1).map(() => true), false] },
  { contains: true },
  { contains: false },
  { contains: { type: 'string' }, minContains: 0 },
  { uniqueItems: true },
  { unevaluatedItems: true },
  { contains: true, unevaluatedItems: false },
  { const: [1] },
];

const COUNT = 500;
const times = (schema: unknown) => Array.from({ length: COUNT }, () => schema);
const X = { $ref: '#/$defs/x' };
/** The ways in which a schema can ask for the same again and again. */
const AGAIN: Readonly<Record<string, unknown>> = {
  allOf: { allOf: times(X) },
  anyOf: { anyOf: times({ allOf: [X, false] }) },
  'anyOf that notes': { unevaluatedItems: true, unevaluatedProperties: true, anyOf: times(X) },
  oneOf: { oneOf: times({ allOf: [{ not: { not: X } }, false] }) },
  not: { allOf: times({ not: { allOf: [X, false] } }) },
  'not, not met': { allOf: times({ anyOf: [X, { not: X }] }) },
  // oxlint-disable-next-line unicorn/no-thenable -- the keyword is called so
  if: { allOf: times({ if: X, then: true, else: true }) },
  dependentSchemas: { allOf: times({ anyOf: [{ dependentSchemas: { k0: X } }, true] }) },
  $ref: {
    $ref: '#/$defs/0',
    $defs: Object.fromEntries(
      times(X).map((_, i) => [i, i + 1 < COUNT ? { anyOf: [X, true], $ref: `#/$defs/${i + 1}` } : {}]),
    ),
  },
};

describe('a check that has spent its steps looks no further', () => {
  const STEPS = 20_000;
  const MOST_LOOKS = 5 * (STEPS + SIZE);
  const cases = Object.keys(AGAIN).flatMap((way) => [
    ...OF_OBJECTS.map((x) => [way, JSON.stringify(x).slice(0, 80), x, MEMBERS] as const),
    ...OF_ARRAYS.map((x) => [way, JSON.stringify(x).slice(0, 80), x, ELEMENTS] as const),
  ]);

  test.each(cases)('%s of %s', (way, _text, x, value) => {
    const schema = AGAIN[way] as { $defs?: object };
    const check = usableSchema({ ...schema, $defs: { ...schema.$defs, x } });
    expect(() => check.run(counting(value, MOST_LOOKS), STEPS)).not.toThrow();
  });
});

describe('ordinary payloads leave steps', () => {
  const item = {
    type: 'object',
    required: ['id', 'name'],
    properties: {
      id: { type: 'integer', minimum: 1 },
      name: { type: 'string', minLength: 1, maxLength: 100, pattern: '^[a-z]+$' },
      at: { type: 'string', format: 'date-time' },
      price: { type: 'number', multipleOf: 0.01 },
      tags: { type: 'array', items: { enum: ['new', 'old'] }, uniqueItems: true },
      kind: { oneOf: [{ const: 'a' }, { const: 'b' }] },
    },
    additionalProperties: false,
  };
  const one = {
    name: 'abc',
    at: '2024-05-06T07:08:09Z',
    price: 19.95,
    tags: ['new', 'old'],
    kind: 'b',
  };
  const numbers = Array.from({ length: 10_000 }, (_, i) => i + 1);
  const items = numbers.map((id) => ({ id, ...one }));
  const byName = Object.fromEntries(items.map((each) => [`name-${each.id}`, each]));

  test.each<[string, unknown, unknown]>([
    ['10,000 elements', { items: item }, items],
    ['10,000 elements, none twice', { items: item, uniqueItems: true }, items.slice(0, 9_000)],
    [
      '10,000 numbers, none twice',
      { items: { type: 'integer' }, uniqueItems: true, contains: { const: 9 } },
      numbers,
    ],
    ['10,000 members', { additionalProperties: item, propertyNames: { pattern: '^[a-z]+-\\d+$' } }, byName],
    [
      '10,000 members by pattern',
      { patternProperties: { '^name-': item }, unevaluatedProperties: false },
      byName,
    ],
    [
      '10,000 elements that note',
      { items: { ...item, additionalProperties: true, unevaluatedProperties: false } },
      items,
    ],
  ])('of %s', (_name, schema, value) => {
    expect(usableSchema(schema).check(JSON.stringify(value))).toBeNull();
  });
});

import { describe, expect, test } from 'vitest';
import { usableSchema } from '../../proof/kit/schemas.ts';
import { parseJson } from '../json/exact.ts';
import { DRAFT_2020_12 } from './dialects.ts';
import { FORMAT_NAMES } from './formats/formats.ts';
import type { JsonSchema } from './json-schema.ts';
import { numOfText } from './numbers.ts';

// What a check takes is compared with the steps that it pays for, in a check that may spend any number of them. That a
// check ends when it has spent its steps is tested in work.test.ts.

const UNLIMITED = 1e12;
/** How many times as long as a step of plain schemas a step of anything else may take. */
const MOST = 20;
/** As many checks are measured together as take this long. */
const MEASURED_MS = 2;

/** Nanoseconds that a step takes. */
function stepTime(schema: JsonSchema, value: unknown): number {
  for (let checks = 1; ; checks *= 4) {
    let paid = 0;
    const start = performance.now();
    for (let i = 0; i < checks; i += 1) paid += UNLIMITED - schema.run(value, UNLIMITED).run.steps;
    const passed = performance.now() - start;
    if (passed > MEASURED_MS) return (passed * 1e6) / paid;
  }
}

function doubling(levels: number): unknown {
  return levels === 0 ? {} : { allOf: [doubling(levels - 1), doubling(levels - 1)] };
}
const PLAIN = usableSchema(doubling(8));

/** The least of several measurements, of which one is enough where it is small already: others use the machine, too. */
function timesPlain(schema: JsonSchema, value: unknown): number {
  schema.run(value, UNLIMITED);
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 15 && least > MOST; i += 1)
    least = Math.min(least, stepTime(schema, value) / stepTime(PLAIN, 1));
  return least;
}

const LENGTH = 1_000_000;
const filled = (part: string, length = LENGTH) => part.repeat(length / part.length);
const many = <T>(count: number, each: (i: number) => T) => Array.from({ length: count }, (_, i) => each(i));
const object = (count: number, name: (i: number) => string) =>
  Object.fromEntries(many(count, (i) => [name(i), 1]));

const ONES = many(400_000, () => 1);
const NAMES = object(80_000, (i) => `k${i}`);
const INDEXES = object(80_000, (i) => `${7 * i + 3}`);
const DIGITS = `1${filled('2')}`;
const NUMBER = numOfText(DIGITS);
const LISTED = many(20_000, (i) => `k${i}`);
/** V8 compares texts of this length and longer by their lengths before it compares them. */
const LONG = filled('a', 17_000);
const deep = (levels: number, innermost: unknown): unknown =>
  levels === 0 ? innermost : [deep(levels - 1, innermost)];
const raw = (digits: string) => `{"$": ${digits}}`;
/** No automaton of a kind that keeps its states can keep those that it has here. */
const RANDOM = many(2_000, (i) => 'ab'[((i * 2_654_435_761) >>> 13) & 1]).join('');
const CLASSES = many(100, (i) => `[\\u${(0x4e00 + i).toString(16)}-\\u5fff]`).join('|');
const REFERENCES = {
  $id: 'http://a/',
  $dynamicAnchor: 'n',
  $ref: 'http://b/',
  $defs: {
    b: {
      $id: 'http://b/',
      $dynamicAnchor: 'n',
      anyOf: [{ type: 'number' }, { items: { $dynamicRef: '#n' } }],
    },
  },
};

/** What each keyword takes most for: a schema, or its JSON text, and a value. */
const KEYWORDS: readonly (readonly [keyword: string, schema: unknown, value: unknown])[] = [
  ['type', { type: 'integer' }, NUMBER],
  ['type', { type: 'integer' }, parseJson(DIGITS).exact],
  ['const', { const: filled('a') }, filled('a')],
  ['const', { const: ['a'] }, deep(400, LISTED)],
  ['const', { const: ['a'] }, { a: deep(400, [filled('a', 100_000)]) }],
  ['const', { const: [1] }, [NUMBER]],
  ['enum', { enum: many(50, (i) => `${LONG}${i % 10}${i}`) }, `${LONG}xy`],
  ['enum', { enum: many(400, (i) => [`${LONG}${100 + i}`]) }, [`${LONG}xyz`]],
  ['enum', { enum: [{}] }, object(80_000, (i) => `${(i * 7919) % 100_003}x`)],
  ['enum', { enum: [[1]] }, [filled('\u0001')]],
  ['minimum', raw(DIGITS).replace('$', 'minimum'), NUMBER],
  ['maximum', { maximum: 1 }, NUMBER],
  ['exclusiveMinimum', { exclusiveMinimum: 1 }, numOfText('12345678901234567890')],
  ['exclusiveMaximum', { exclusiveMaximum: 1 }, 7],
  ['multipleOf', { multipleOf: 7 }, NUMBER],
  [
    'multipleOf',
    raw(filled('3', 5_000)).replace('$', 'multipleOf'),
    numOfText(`${filled('3', 5_000)}e9007199254740991`),
  ],
  ['multipleOf', { multipleOf: 7 }, numOfText('12345678901234567890e9007199254740991')],
  ['maxLength', { maxLength: LENGTH }, filled('\u{1F600}', 2 * LENGTH)],
  ['minLength', { minLength: 0.9 * LENGTH }, filled('a')],
  ['pattern', { pattern: '^[a-z]+$' }, filled('a')],
  ['pattern', { pattern: '^\\p{L}+$' }, filled('\u4E00')],
  ['pattern', { pattern: '\\d+$' }, filled('1a')],
  ['pattern', { pattern: '[^b]$' }, filled('\u{1F600}')],
  ['pattern', { pattern: '^(?=.*\\d)(?=.*[a-z])(a|b|c)*$' }, filled('abc', 99_999)],
  ['pattern', { pattern: '^a' }, 'b'],
  ['pattern', { pattern: '(?:a|b)*a(?:a|b){3000}(?:a+)+$' }, RANDOM],
  ['pattern', { pattern: `(?:${CLASSES}|x+x+)+y` }, String.fromCodePoint(...many(5_000, (i) => 0x4e00 + i))],
  ['format', { format: 'int64' }, NUMBER],
  ['required', { required: LISTED }, NAMES],
  ['required', { required: ['z'] }, {}],
  ['maxProperties', { maxProperties: 1 }, NAMES],
  ['minProperties', { minProperties: 1 }, INDEXES],
  ['dependentRequired', { dependentRequired: { k0: LISTED } }, NAMES],
  ['dependentSchemas', { dependentSchemas: Object.fromEntries(LISTED.map((name) => [name, true])) }, NAMES],
  ['dependencies', { dependencies: { k0: LISTED } }, NAMES],
  ['propertyNames', { propertyNames: true }, NAMES],
  ['propertyNames', { propertyNames: false }, NAMES],
  ['propertyNames', { propertyNames: { maxLength: 64 } }, NAMES],
  ['properties', { properties: { k1: true } }, NAMES],
  ['properties', { properties: { k1: true } }, INDEXES],
  ['properties', { properties: { k1: true } }, object(60, (i) => `k${i}`)],
  ['properties', { properties: { k0: false } }, NAMES],
  ['patternProperties', { patternProperties: { '^k1': true, '[a-z]2': true } }, NAMES],
  ['patternProperties', { patternProperties: { '^k': false } }, NAMES],
  ['additionalProperties', { additionalProperties: true }, NAMES],
  ['additionalProperties', { additionalProperties: true }, object(60, (i) => `k${i}`)],
  ['additionalProperties', { additionalProperties: false }, NAMES],
  ['additionalProperties', { additionalProperties: { type: 'null' } }, INDEXES],
  ['maxItems', { maxItems: 1 }, ONES],
  ['minItems', { minItems: 1 }, ONES],
  ['prefixItems', { prefixItems: many(20_000, () => true) }, ONES],
  ['prefixItems', { prefixItems: many(20_000, (i) => i < 19_999) }, ONES],
  ['items', { items: true }, ONES],
  ['contains', { contains: true }, ONES],
  ['minContains', { contains: false, minContains: 5 }, ONES],
  ['maxContains', { contains: true, maxContains: 5 }, ONES],
  ['uniqueItems', { uniqueItems: true }, many(150_000, (i) => i)],
  ['uniqueItems', { uniqueItems: true }, many(60, (i) => `${LONG}${i % 10}${i}`)],
  ['uniqueItems', { uniqueItems: true }, [deep(400, [filled('a', 100_000)]), 1]],
  ['$ref', { $ref: '#/$defs/a', $defs: { a: { $ref: '#/$defs/b' }, b: {} } }, 1],
  [
    '$dynamicRef',
    REFERENCES,
    deep(
      400,
      many(1_000, () => 1),
    ),
  ],
  ['allOf', { allOf: many(20_000, () => true) }, 1],
  ['anyOf', { anyOf: many(20_000, () => false) }, 1],
  ['anyOf', { anyOf: many(2_000, () => true), unevaluatedItems: true }, []],
  ['oneOf', { oneOf: many(20_000, (i) => i === 0) }, 1],
  ['not', { not: false }, 1],
  ['not', { allOf: many(2_000, () => ({ not: false })), unevaluatedItems: true }, []],
  // oxlint-disable-next-line unicorn/no-thenable -- the keyword is called so
  ['if', { if: true, then: true }, 1],
  // oxlint-disable-next-line unicorn/no-thenable -- the keyword is called so
  ['then', { if: true, then: { minimum: 0 }, unevaluatedItems: true }, []],
  ['else', { if: false, else: { minimum: 0 } }, 1],
  ['unevaluatedItems', { unevaluatedItems: true }, ONES],
  ['unevaluatedItems', { contains: true, unevaluatedItems: false }, ONES],
  ['unevaluatedItems', { anyOf: [{ anyOf: [{ contains: true }] }], unevaluatedItems: false }, ONES],
  ['unevaluatedProperties', { unevaluatedProperties: true }, NAMES],
  ['unevaluatedProperties', { unevaluatedProperties: false }, NAMES],
  ['unevaluatedProperties', { patternProperties: { '^k': true }, unevaluatedProperties: false }, NAMES],
  [
    'unevaluatedProperties',
    {
      anyOf: [{ anyOf: [{ anyOf: [{ patternProperties: { '^k': true } }] }] }],
      unevaluatedProperties: false,
    },
    NAMES,
  ],
];

/** Texts of each format that take most. */
const FORMATS: Readonly<Record<string, readonly string[]>> = {
  'date-time': ['2020-01-01T00:00:00Z', `2020-01-01T00:00:00.${filled('1')}Z`],
  date: ['2020-01-01', filled('1')],
  time: ['00:00:00Z', `00:00:00.${filled('1')}Z`],
  duration: ['P1D', `P${filled('1')}D`],
  'iso-date-time': [`2020-01-01T00:00:00.${filled('1')}`],
  'iso-time': [`00:00:00.${filled('1')}`],
  email: ['a.b@c.de', `"${filled('\\a')}"@a.b`, `${filled('a')}@a.b`, `a@${filled('a.', 250)}a`, filled('@')],
  'idn-email': ['\u4E00@\u4E00.cn', `${filled('\u4E00')}@a.b`, `"${filled('\\a')}"@a.b`],
  hostname: ['example.com', filled('a.', 252), filled('a')],
  'idn-hostname': [
    filled('\u4E00', 59),
    many(16, () => filled('\u4E00', 14)).join('.'),
    filled('\u0661', 250),
    many(4, () => `\u30A2${filled('\u30FB', 57)}`).join('.'),
    `${filled('xn--fiqs8s.', 242)}a`,
    many(16, () => filled('\u0627\u200C\u0628', 15)).join('.'),
    filled('\u4E00'),
  ],
  ipv4: ['127.0.0.1', filled('1.')],
  ipv6: ['::1', '1:2:3:4:5:6:7:8', '1:2:3:4:5:6:1.2.3.4', filled(':', 45)],
  uri: [
    'http://a',
    `http://a/${filled('b')}`,
    `a:${filled('%20', 999_999)}`,
    filled('a'),
    `x://${filled('a@')}`,
    `x://[${filled('a')}]x`,
  ],
  'uri-reference': [filled('b'), filled('?')],
  iri: [`http://a/${filled('\u4E00')}`, `a:${filled('\u{20000}')}`, `http://${filled('\u4E00')}`],
  'iri-reference': [filled('\u4E00')],
  'uri-template': [
    filled('{a}', 999_999),
    filled('{%20}'),
    filled(`{${filled('a,', 4_000)}a}`, 1_200_900),
    filled('{'),
    'a',
  ],
  url: [
    `http://a.b/${filled('c')}`,
    `http://${filled('a.', 250)}b`,
    `http://${filled('@')}`,
    `http://a.b:${filled('1')}`,
  ],
  uuid: ['123e4567-e89b-12d3-a456-426614174000', filled('1')],
  'json-pointer': [filled('/a'), `/${filled('~0')}`],
  'json-pointer-uri-fragment': [`#/${filled('%20', 999_999)}`],
  'relative-json-pointer': [`${filled('1')}#`, `1/${filled('~0')}`],
  regex: [
    '^[a-z]+$',
    '[',
    filled('a'),
    `[${filled('\\p{L}')}]`,
    filled('\\p{Script=Greek}'),
    filled('()'),
    `${filled('(', 200_000)}${filled(')', 200_000)}`,
    `${filled('(', 250)}${filled(')', 250)}`,
    many(50_000, (i) => `(?<n${i}>a)\\k<n${i}>`).join(''),
    many(20_000, () => '(?<n>a)').join('|'),
    many(20_000, () => '(?<\\u0061>a)').join('|'),
    many(2, () => `${filled('(', 25)}(?<n>a)${filled(')', 25)}`).join(''),
    filled('(?<n'),
    filled('['),
  ],
  byte: [filled('AAAA')],
  password: [filled('a')],
  binary: [filled('a')],
  int32: ['a'],
  int64: ['a'],
  float: ['a'],
  double: ['a'],
};

/** Keywords that check nothing, or that only lead to what others check. */
const OTHERS =
  /^(?:\$(?:schema|id|anchor|comment|vocabulary|defs|dynamicAnchor)|definitions|title|description|default|deprecated|readOnly|writeOnly|examples|content\w+)$/;

describe('no check takes longer than the steps that it pays for', () => {
  test.each(KEYWORDS)('%s: %#', (_keyword, schema, value) => {
    expect(timesPlain(usableSchema(schema), value)).toBeLessThan(MOST);
  });

  test.each(Object.entries(FORMATS).flatMap(([format, texts]) => texts.map((text) => [format, text])))(
    'format %s: %#',
    (format, text) => {
      expect(timesPlain(usableSchema({ format }), text)).toBeLessThan(MOST);
    },
  );

  test('of all keywords and formats', () => {
    const keywords = [...DRAFT_2020_12.keywords.keys()].filter((keyword) => !OTHERS.test(keyword));
    expect(new Set(KEYWORDS.map(([keyword]) => keyword))).toEqual(new Set(keywords));
    expect(Object.keys(FORMATS).sort()).toEqual([...FORMAT_NAMES].sort());
  });
});

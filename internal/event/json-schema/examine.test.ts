import { describe, expect, test } from 'vitest';
import { examineSchema } from './examine.ts';
import { inWords } from './survey.ts';

function examined(schema: unknown) {
  const { problems, warnings, patterns } = examineSchema(JSON.stringify(schema));
  return { problems: problems.map(inWords), warnings: warnings.map(inWords), patterns };
}

const DRAFT_07 = 'http://json-schema.org/draft-07/schema#';

describe('the problems of a schema', () => {
  test('are named all at once', () => {
    const schema = {
      type: 'objct',
      required: ['a', 5],
      properties: {
        a: { $ref: '#/nope' },
        b: { $ref: 'https://example.com/x' },
        c: { $async: true, minLength: -1, pattern: '(' },
        d: { items: { anyOf: [{ type: 'strnig' }] } },
      },
    };
    expect(examined(schema).problems).toEqual([
      '/properties/c/$async promises an answer that comes later; a payload is judged at once or not at all',
      '/required must be an array of texts',
      expect.stringContaining('/properties/a/$ref "#/nope" leads nowhere'),
      expect.stringContaining('/properties/b/$ref "https://example.com/x" leads nowhere'),
      '/properties/c/minLength must be an integer from 0 on',
      '/properties/c/pattern "(" is not a regular expression of ECMA-262',
      expect.stringContaining('/properties/d/items/anyOf/0/type must be one of null'),
      expect.stringContaining('/type must be one of null'),
    ]);
  });

  test('include what only the metaschema of the draft says', () => {
    expect(
      examined({
        title: 5,
        properties: { a: { required: ['x', 'x'], $comment: 5 }, b: { description: [] } },
        $defs: { c: { items: [{ type: 'null' }] } },
      }).problems,
    ).toEqual([
      '/$defs/c/items must be a schema: an object, or true or false',
      '/properties/a/$comment must be string',
      '/properties/a/required must NOT have duplicate items (items 0 and 1 are equal)',
      '/properties/b/description must be string',
      '/title must be string',
    ]);
  });

  test('include those of definitions that nothing refers to', () => {
    expect(examined({ $defs: { unused: { pattern: '[' } } }).problems).toEqual([
      '/$defs/unused/pattern "[" is not a regular expression of ECMA-262',
    ]);
  });

  test('go into alternatives of the metaschema as far as it was meant', () => {
    expect(examined({ $schema: DRAFT_07, items: [{ $comment: 5 }] }).problems).toEqual([
      '/items/0/$comment must be string',
    ]);
  });

  test('include a member that another needs', () => {
    const $schema = 'http://json-schema.org/draft-04/schema#';
    expect(examined({ $schema, exclusiveMinimum: true, title: 5 }).problems).toEqual([
      '/title must be string',
      "the schema must have required property 'minimum' when property 'exclusiveMinimum' is there",
    ]);
  });

  test('are cut where there are very many', () => {
    const properties = Object.fromEntries(Array.from({ length: 80 }, (_, i) => [`p${i}`, { title: i }]));
    expect(examined({ properties }).problems).toHaveLength(50);
  });

  test.each([
    [{ $ref: '#' }, 1],
    [{ $ref: '#/$defs/a', $defs: { a: { anyOf: [{ type: 'null' }, { $ref: '#' }] } } }, 1],
    [{ dependentSchemas: { a: { not: { $ref: '#' } } } }, 1],
    [{ $dynamicRef: '#x', $dynamicAnchor: 'x' }, 1],
    [{ properties: { a: { $ref: '#' } } }, 0],
    [{ allOf: [{ $ref: '#/$defs/a' }, { $ref: '#/$defs/a' }, true], $defs: { a: {} } }, 0],
    [{ $ref: '#/$defs/a', $defs: { a: true } }, 0],
  ])('of %j: references that lead back without going into the payload: %d', (schema, count) => {
    const endless = examined(schema).problems.filter((text) => text.includes('would never end'));
    expect(endless).toHaveLength(count);
  });

  test('is the draft alone where that is not taken', () => {
    const { problems, warnings } = examined({
      $schema: 'http://json-schema.org/draft-03/schema#',
      extends: 5,
    });
    expect([problems.length, warnings.length]).toEqual([1, 0]);
    expect(problems[0]).toContain('the drafts that are taken are');
  });

  test.each([
    ['5', 'the schema must be an object, or true or false'],
    [`${'['.repeat(600)}${']'.repeat(600)}`, 'the schema nests more than 512 levels deep'],
  ])('of what is no schema: %s', (text, problem) => {
    expect(examineSchema(text).problems.map(inWords)).toEqual([problem]);
  });

  test.each([
    ['true'],
    ['{}'],
    ['{"$schema":"https://json-schema.org/draft/2019-09/schema"}'],
    [`{"$ref":"${DRAFT_07}"}`],
  ])('are none for %s', (text) => {
    expect(examineSchema(text)).toEqual({ problems: [], warnings: [], patterns: [] });
  });
});

describe('the warnings of a schema', () => {
  test.each<[unknown, string]>([
    [
      { requried: ['a'] },
      '/requried does nothing: draft 2020-12 has no such keyword; required was probably meant',
    ],
    [
      { properties: { a: { minimun: 1 } } },
      '/properties/a/minimun does nothing: draft 2020-12 has no such keyword; minimum was probably meant',
    ],
    [
      { additionalproperties: false },
      '/additionalproperties does nothing: draft 2020-12 has no such keyword; additionalProperties was probably meant',
    ],
    [
      { nullable: true },
      '/nullable does nothing: draft 2020-12 has no such keyword; null among the types was probably meant',
    ],
    [{ colour: 1 }, '/colour does nothing: draft 2020-12 has no such keyword'],
    [{ 'a/b': 1 }, '/a~1b does nothing: draft 2020-12 has no such keyword'],
    [
      { additionalItems: false },
      '/additionalItems does nothing: it is a keyword of draft 04, 06, 07, 2019-09, and this schema is of draft 2020-12',
    ],
    [
      { $schema: DRAFT_07, $ref: '#/definitions/a', minLength: 3, definitions: { a: {} } },
      '/minLength does nothing: in draft 07, nothing beside a $ref counts; allOf can hold both',
    ],
    [
      { format: 'datetime' },
      '/format is not checked: "datetime" is not a known format; date-time was probably meant',
    ],
    [{ format: 'colour' }, '/format is not checked: "colour" is not a known format'],
    [
      { pattern: '^a\\-b$' },
      '/pattern is read without Unicode: "^a\\\\-b$" is not a regular expression with it (flag u of ECMA-262)',
    ],
    [
      { patternProperties: { 'a\\-/': {} } },
      '/patternProperties/a\\-~1 is read without Unicode: "a\\\\-/" is not a regular expression with it (flag u of ECMA-262)',
    ],
  ])('%j: %s', (schema, warning) => {
    expect(examined(schema)).toMatchObject({ problems: [], warnings: [warning] });
  });

  test.each([
    [{ 'x-note': 1, $comment: 'a', definitions: {}, $defs: {}, deprecated: true, contentEncoding: 'base64' }],
    [
      {
        $schema: DRAFT_07,
        $ref: '#/$defs/a',
        description: 'a',
        $defs: { a: { format: 'email', pattern: '^a' } },
      },
    ],
  ])('are none for %j', (schema) => {
    expect(examined(schema).warnings).toEqual([]);
  });
});

test('the patterns of a schema are listed with their places, flags and bounds', () => {
  const schema = {
    properties: { a: { pattern: '^a+$', maxLength: 5 } },
    patternProperties: { '^b/': { pattern: '(c+)+\\-' }, '^d': true },
  };
  expect(examined(schema).patterns).toEqual([
    { pointer: '/patternProperties/^b~1', source: '^b/', flags: 'u', isBounded: false, isQuick: true },
    { pointer: '/patternProperties/^d', source: '^d', flags: 'u', isBounded: false, isQuick: true },
    { pointer: '/properties/a/pattern', source: '^a+$', flags: 'u', isBounded: true, isQuick: true },
    {
      pointer: '/patternProperties/^b~1/pattern',
      source: '(c+)+\\-',
      flags: '',
      isBounded: false,
      isQuick: false,
    },
  ]);
});

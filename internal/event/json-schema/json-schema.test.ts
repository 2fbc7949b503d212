import { describe, expect, test } from 'vitest';
import { usableSchema } from '../../proof/kit/schemas.ts';

describe('a payload', () => {
  test.each<[unknown, string, string | null]>([
    [{ type: 'object', required: ['m'] }, '{"n":1}', "payload must have required property 'm'"],
    [{ properties: { n: { type: 'string' } } }, '{"n":1}', 'payload/n must be string'],
    [{ type: ['string', 'null'] }, '1', 'payload must be string or null'],
    [{ type: 'integer' }, '1.5', 'payload must be integer'],
    [{ type: ['integer', 'number'] }, '1.5', null],
    [{ additionalProperties: false }, '{"n":1}', 'payload must NOT have additional properties: n'],
    [
      { properties: { n: { enum: [2, 3] } } },
      '{"n":1}',
      'payload/n must be equal to one of the allowed values: [2,3]',
    ],
    [{ enum: [{ a: [1] }, null] }, '{"a":[1.0]}', null],
    [{ enum: ['a', 'b'] }, '[1]', 'payload must be equal to one of the allowed values: ["a","b"]'],
    [{ enum: [1] }, '{}', 'payload must be equal to one of the allowed values: [1]'],
    [{ const: 2 }, '1', 'payload must be equal to constant'],
    [{ required: ['toString'] }, '{}', "payload must have required property 'toString'"],
    [false, '1', 'payload boolean schema is false'],
    [true, '1', null],
    [{ minimum: 2 }, '1', 'payload must be >= 2'],
    [{ exclusiveMaximum: 1 }, '1', 'payload must be < 1'],
    [{ multipleOf: 2 }, '1', 'payload must be a multiple of 2'],
    [{ maxLength: 1 }, '"ab"', 'payload must NOT have more than 1 characters'],
    [{ maxLength: 2 }, '"\\ud83d\\ude00\\ud83d\\ude00"', null],
    [{ minLength: 2 }, '"\\ud83d\\ude00"', 'payload must NOT have fewer than 2 characters'],
    [{ minLength: 1 }, '"ab"', null],
    [{ pattern: '^b' }, '"a"', 'payload must match pattern "^b"'],
    [{ format: 'date' }, '"a"', 'payload must match format "date"'],
    [{ format: 'date' }, '1', null],
    [{ format: 'int32' }, '2147483648', 'payload must match format "int32"'],
    [{ format: 'int32' }, '"2147483648"', null],
    [{ format: 'no-such' }, '"a"', null],
    [{ maxItems: 1 }, '[1,2]', 'payload must NOT have more than 1 items'],
    [{ minItems: 1 }, '[]', 'payload must NOT have fewer than 1 items'],
    [{ prefixItems: [true], items: false }, '[1,2]', 'payload must NOT have more than 1 items'],
    [{ prefixItems: [{ type: 'null' }] }, '[1]', 'payload/0 must be null'],
    [{ items: { items: { type: 'null' } } }, '[[],[null,1]]', 'payload/1/1 must be null'],
    [{ uniqueItems: true }, '[1,2,1.0]', 'payload must NOT have duplicate items (items 0 and 2 are equal)'],
    [{ contains: { const: 1 } }, '[2]', 'payload must contain at least 1 matching items, has 0'],
    [{ contains: true, maxContains: 1 }, '[2,3]', 'payload must contain at most 1 matching items, has 2'],
    [{ maxProperties: 0 }, '{"a":1}', 'payload must NOT have more than 0 properties'],
    [{ minProperties: 1 }, '{}', 'payload must NOT have fewer than 1 properties'],
    [
      { dependentRequired: { a: ['b'] } },
      '{"a":1}',
      "payload must have required property 'b' when property 'a' is there",
    ],
    [{ dependencies: { a: { required: ['b'] } } }, '{"a":1}', "payload must have required property 'b'"],
    [
      { propertyNames: { maxLength: 1 } },
      '{"ab":1}',
      'payload must NOT have a property called "ab": its name must NOT have more than 1 characters',
    ],
    [{ patternProperties: { '^a': { type: 'null' } } }, '{"b":1,"a":1}', 'payload/a must be null'],
    [{ additionalProperties: { type: 'null' } }, '{"a/b~":1}', 'payload/a~1b~0 must be null'],
    [{ not: { type: 'number' } }, '1', 'payload must NOT match the schema of not'],
    [{ anyOf: [{ type: 'null' }] }, '1', 'payload must be null'],
    [
      { anyOf: [{ type: 'null' }, { properties: { a: { type: 'string' } } }, { required: ['b'] }] },
      '{"a":1}',
      'payload must match one of the 3 schemas of anyOf; the nearest says: /a must be string',
    ],
    [
      { oneOf: [{ type: 'null' }, { type: 'string' }] },
      '1',
      'payload must match one of the 2 schemas of oneOf; the nearest says: must be null',
    ],
    [
      { oneOf: [{ type: 'number' }, { type: 'null' }, { const: 1 }] },
      '1',
      'payload must match exactly one schema of oneOf, matches number 1 and number 3',
    ],
    // oxlint-disable-next-line no-thenable -- a keyword of JSON Schema
    [{ if: { minimum: 5 }, then: { type: 'null' }, else: { type: 'string' } }, '1', 'payload must be string'],
    [{ unevaluatedProperties: false }, '{"a":1}', 'payload must NOT have unevaluated properties: a'],
    [{ unevaluatedProperties: { type: 'null' } }, '{"a":1}', 'payload/a must be null'],
    [{ unevaluatedItems: false }, '[1]', 'payload must NOT have unevaluated items: number 0'],
    [{ unevaluatedItems: { type: 'null' } }, '[1]', 'payload/0 must be null'],
    [
      { $schema: 'http://json-schema.org/draft-04/schema#', minimum: 1, exclusiveMinimum: true },
      '1',
      'payload must be > 1',
    ],
    [
      { $schema: 'http://json-schema.org/draft-04/schema#', maximum: 1, exclusiveMaximum: true },
      '1',
      'payload must be < 1',
    ],
    [{ $schema: 'http://json-schema.org/draft-04/schema#', maximum: 1, exclusiveMaximum: false }, '1', null],
  ])('checked against %j: %s is %s', (schema, payload, expected) => {
    expect(usableSchema(schema).check(payload)).toBe(expected);
  });

  test('whose names are long is refused in a sentence that is not', () => {
    const name = 'x'.repeat(100_000);
    for (const schema of [{ additionalProperties: false }, { additionalProperties: { type: 'null' } }])
      expect(usableSchema(schema).check(`{"${name}":1}`)?.length).toBeLessThan(300);
  });

  test('that is not among many allowed values is told the first of them', () => {
    const values = Array.from({ length: 500 }, (_, i) => `value-${i}`);
    const sentence = usableSchema({ enum: values }).check('1');
    expect(sentence).toMatch(/"value-27",… of 500\]$/);
    expect(usableSchema({ enum: ['x'.repeat(400)] }).check('1')).toMatch(/: \[… of 1\]$/);
  });

  // Each stands before what may take long.
  test.each([
    [{ pattern: '^b', maxLength: 3 }, '"aaaa"', 'payload must NOT have more than 3 characters'],
    [{ format: 'url', maxLength: 3 }, '"aaaa"', 'payload must NOT have more than 3 characters'],
    [{ uniqueItems: true, maxItems: 1 }, '[{},{}]', 'payload must NOT have more than 1 items'],
  ])('checked against %j meets the bound first', (schema, payload, expected) => {
    expect(usableSchema(schema).check(payload)).toBe(expected);
  });
});

describe('numbers', () => {
  test.each([
    ['{"multipleOf":0.01}', ['19.99', '0.07', '1.13', '4.35', '64.1', '10.00', '1e400'], ['0.075', '1e-400']],
    ['{"maximum":9007199254740992}', ['9007199254740992', '-1e400'], ['9007199254740993', '1e400']],
    ['{"exclusiveMinimum":0.1}', ['0.10000000000000000000001'], ['0.1', '0.10']],
    ['{"const":9007199254740993}', ['9007199254740993', '9007199254740993.0'], ['9007199254740992']],
    ['{"enum":[1.0,12345678901234567890]}', ['1', '12345678901234567890'], ['12345678901234567891']],
    [
      '{"uniqueItems":true}',
      ['[9007199254740993,9007199254740992]'],
      ['[9007199254740993,9007199254740993.0]'],
    ],
    ['{"type":"integer"}', ['1.0', '9007199254740993', '1e400'], ['9007199254740993.5']],
    ['{"maxLength":2.0}', ['"ab"'], ['"abc"']],
    ['{"maxLength":1e400}', ['"ab"'], []],
    ['{"minLength":1e400}', [], ['"ab"']],
    ['{"multipleOf":1e400}', ['2e400', '0'], ['1']],
  ])('%s is judged by decimal values', (schema, good, bad) => {
    const check = usableSchema(schema);
    expect(good.filter((payload) => check.check(payload) !== null)).toEqual([]);
    expect(bad.filter((payload) => check.check(payload) === null)).toEqual([]);
  });
});

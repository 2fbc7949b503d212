import { describe, expect, test } from 'vitest';
import { problemsOfSchema, usableSchema } from '../../proof/kit/schemas.ts';
import { compileSchema, compileText } from './json-schema.ts';

const NO_SCHEMA = 'the schema must be an object, or true or false';
const NO_TYPE =
  '/type must be one of null, boolean, number, integer, string, array, object, or an array of some of them';
const NOWHERE = 'leads nowhere; a reference reaches what stands in the schema itself, nothing is fetched';

describe('a schema that cannot be used', () => {
  test.each<[unknown, string]>([
    [null, NO_SCHEMA],
    [[], NO_SCHEMA],
    ['text', NO_SCHEMA],
    [{ type: 'no-such-type' }, NO_TYPE],
    [{ type: [] }, NO_TYPE],
    [{ properties: { a: 5 } }, '/properties/a must be a schema: an object, or true or false'],
    [{ properties: [] }, '/properties must be an object'],
    [{ patternProperties: { '(': {} } }, '/patternProperties/( "(" is not a regular expression of ECMA-262'],
    [
      { pattern: '(a+)+\\1' },
      '/pattern "(a+)+\\\\1" may take exponential time, and nothing can bound it; write no repetition within a repetition, or smaller bounds',
    ],
    [{ pattern: 5 }, '/pattern must be a text'],
    [{ format: 5 }, '/format must be a text'],
    [{ allOf: {} }, '/allOf must be an array of schemas, at least one'],
    [{ anyOf: [] }, '/anyOf must be an array of schemas, at least one'],
    [{ oneOf: 5 }, '/oneOf must be an array of schemas, at least one'],
    [{ prefixItems: 5 }, '/prefixItems must be an array of schemas, at least one'],
    [{ required: 'a' }, '/required must be an array of texts'],
    [{ dependentRequired: [] }, '/dependentRequired must be an object'],
    [{ dependentRequired: { a: [5] } }, '/dependentRequired/a must be an array of texts'],
    [{ dependentSchemas: [] }, '/dependentSchemas must be an object'],
    [{ dependencies: { a: [5] } }, '/dependencies/a must be an array of texts'],
    [{ minimum: '5' }, '/minimum must be a number'],
    [{ multipleOf: 0 }, '/multipleOf must be above 0'],
    [{ multipleOf: 'a' }, '/multipleOf must be a number'],
    [{ minLength: -1 }, '/minLength must be an integer from 0 on'],
    [{ maxLength: 1.5 }, '/maxLength must be an integer from 0 on'],
    [{ minItems: '1' }, '/minItems must be an integer from 0 on'],
    [{ maxItems: null }, '/maxItems must be an integer from 0 on'],
    [{ minProperties: [] }, '/minProperties must be an integer from 0 on'],
    [{ maxProperties: {} }, '/maxProperties must be an integer from 0 on'],
    [{ uniqueItems: 'yes' }, '/uniqueItems must be true or false'],
    [{ enum: 'a' }, '/enum must be an array'],
    [{ $ref: 5 }, '/$ref must be a text'],
    [{ $dynamicRef: 5 }, '/$dynamicRef must be a text'],
    [{ $ref: '#/nope' }, `/$ref "#/nope" ${NOWHERE}`],
    [{ $ref: '#/$defs/a/type', $defs: { a: { type: 'null' } } }, `/$ref "#/$defs/a/type" ${NOWHERE}`],
    [{ $ref: '#/$defs/a/b/c', $defs: { a: { b: 5 } } }, `/$ref "#/$defs/a/b/c" ${NOWHERE}`],
    [{ $ref: 'https://elsewhere/schema' }, `/$ref "https://elsewhere/schema" ${NOWHERE}`],
    [
      { $async: true, type: 'object' },
      '/$async promises an answer that comes later; a payload is judged at once or not at all',
    ],
    [{ $defs: { a: { $id: 'urn:x' }, b: { $id: 'urn:x' } } }, '/$defs/b a second schema is called urn:x'],
    [
      { $defs: { a: { $id: 'urn:x', $schema: 'urn:mine' } } },
      '/$defs/a/$schema "urn:mine" is not a draft of JSON Schema that is taken',
    ],
    [{ $schema: 5 }, '/$schema 5 is not a draft of JSON Schema that is taken'],
    [
      { $schema: 'http://json-schema.org/draft-04/schema#', exclusiveMinimum: 5 },
      '/exclusiveMinimum must be true or false in draft-04',
    ],
  ])('%j: %s', (schema, problem) => {
    expect(problemsOfSchema(schema)[0]).toContain(problem);
  });

  test('names the drafts that are taken when it is of none of them', () => {
    expect(problemsOfSchema({ $schema: 'http://json-schema.org/draft-03/schema#' })).toEqual([
      '/$schema "http://json-schema.org/draft-03/schema#" is not a draft of JSON Schema that is taken; the drafts that are taken are http://json-schema.org/draft-04/schema, http://json-schema.org/draft-06/schema, http://json-schema.org/draft-07/schema, https://json-schema.org/draft/2019-09/schema, https://json-schema.org/draft/2020-12/schema',
    ]);
  });

  test('has a count far below zero', () => {
    expect(compileText('{"minLength":-1e300}').kind).toBe('unusable');
  });

  test('nests too deep', () => {
    const problems = [{ pointer: '', text: 'nests more than 512 levels deep' }];
    const text = `${'{"not":'.repeat(600)}true${'}'.repeat(600)}`;
    expect(compileText(text)).toEqual({ kind: 'unusable', problems });
  });

  test('is of a draft of its own that needs what nobody knows', () => {
    const $schema = 'https://json-schema.org/draft/2020-12/schema';
    const mine = { $schema, $id: 'urn:mine', $vocabulary: { 'urn:unknown': true } };
    for (const metaschema of [mine, { $schema: 'urn:other' }, 5]) {
      const documents = new Map([['urn:mine', metaschema]]);
      expect(compileSchema({ $schema: 'urn:mine' }, { documents }).kind).toBe('unusable');
    }
  });
});

describe('a schema that can be used', () => {
  test('may have the $id of another', () => {
    const schemas = [1, 2].map((minimum) => ({ $id: 'urn:example:same', minimum }));
    expect(schemas.map(problemsOfSchema)).toEqual([[], []]);
  });

  test('may have $async as long as it is not true', () => {
    expect(problemsOfSchema({ $async: false })).toEqual([]);
  });

  test('may be of another draft in a part with an identifier', () => {
    const old = {
      $id: 'urn:old',
      $schema: 'http://json-schema.org/draft-07/schema#',
      items: [{ type: 'null' }],
    };
    expect(usableSchema({ $ref: 'urn:old', $defs: { old } }).check('[1]')).toBe('payload/0 must be null');
  });

  test('may refer to a dynamic anchor that nothing it comes through has', () => {
    const other = { $id: 'urn:other', $dynamicAnchor: 'x', type: 'null' };
    const schema = usableSchema({ $dynamicRef: 'urn:other#x', $defs: { other } });
    expect(schema.check('1')).toBe('payload must be null');
  });
});

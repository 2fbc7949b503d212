import { describe, expect, test } from 'vitest';
import type { Event } from '../event/event.ts';
import { compileSchema, SchemaRegistry } from './schemas.ts';

const EVENT = { tenantId: 't', eventType: 'e', payload: '{"n":1}' } as Event;

describe('compileSchema', () => {
  test.each([
    [{ type: 'object', required: ['m'] }, "payload must have required property 'm'"],
    [{ type: 'object', properties: { n: { type: 'string' } } }, 'payload/n must be string'],
    [{ additionalProperties: false }, 'payload must NOT have additional properties: n'],
    [{ properties: { n: { enum: [2, 3] } } }, 'payload/n must be equal to one of the allowed values: [2,3]'],
    [{ required: ['toString'] }, "payload must have required property 'toString'"],
    [
      { $schema: 'http://json-schema.org/draft-07/schema#', properties: { n: { const: 2 } } },
      'payload/n must be equal to constant',
    ],
    [false, 'payload boolean schema is false'],
    [true, null],
    [{ $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'object' }, null],
  ])('%j says of {"n":1}: %s', (schema, problem) => {
    expect(compileSchema(schema)({ n: 1 })).toBe(problem);
  });

  test.each([[null], [[]], ['text'], [{ type: 'no-such-type' }], [{ $ref: 'https://elsewhere/schema' }]])(
    'refuses %j',
    (schema) => {
      expect(() => compileSchema(schema)).toThrow(/./);
    },
  );

  test('lets two schemas have the same $id', () => {
    expect(() => [1, 2].map((minimum) => compileSchema({ $id: 'urn:example:same', minimum }))).not.toThrow();
  });
});

describe('SchemaRegistry', () => {
  const registered = (version: string, schema: unknown) => ({
    tenantId: 't',
    eventType: 'e',
    version,
    schema,
  });

  test('accepts everything of a type it does not know, as version 0', () => {
    expect(new SchemaRegistry().check(EVENT)).toEqual({ version: '0', violation: null });
  });

  test('checks with the newest version it was given, until the schema is taken away', () => {
    const schemas = new SchemaRegistry();
    schemas.update([registered('1', { required: ['m'] })]);
    schemas.update([registered('1', { required: ['m'] })]);
    expect(schemas.check(EVENT)).toMatchObject({ version: '1', violation: expect.stringContaining("'m'") });
    schemas.update([registered('2', {})]);
    expect(schemas.check(EVENT)).toEqual({ version: '2', violation: null });
    schemas.update([registered('0', null)]);
    expect(schemas.check(EVENT)).toEqual({ version: '0', violation: null });
  });

  test('refuses events of a type whose schema cannot be used, and says so', () => {
    const schemas = new SchemaRegistry();
    schemas.update([registered('1', { type: 'no-such-type' })]);
    expect(schemas.check(EVENT).violation).toContain(
      'the schema registered for this event type cannot be used',
    );
  });
});

test.each([
  [{ pattern: '^b', maxLength: 3 }, 'aaaa', 'payload must NOT have more than 3 characters'],
  [{ format: 'url', maxLength: 3 }, 'aaaa', 'payload must NOT have more than 3 characters'],
  [{ uniqueItems: true, maxItems: 1 }, [{}, {}], 'payload must NOT have more than 1 items'],
])('%j checks the bound first, for the rest may take long (docs/pipeline.md)', (schema, value, problem) => {
  expect(compileSchema(schema)(value)).toBe(problem);
});

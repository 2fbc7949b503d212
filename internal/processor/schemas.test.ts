import { describe, expect, test } from 'vitest';
import type { Event } from '../event/event.ts';
import { SchemaRegistry } from './schemas.ts';

const eventOf = (payload: string, tenantId = 't') => ({ tenantId, eventType: 'e', payload }) as Event;
const EVENT = eventOf('{"n":1}');

const registered = (version: string, schema: unknown, tenantId = 't') => ({
  tenantId,
  eventType: 'e',
  version,
  schema: schema === null ? null : typeof schema === 'string' ? schema : JSON.stringify(schema),
});

/** Returns what a registry with only this schema says of payloads. */
function violationsOf(schema: unknown, ...payloads: string[]): (string | null)[] {
  const schemas = new SchemaRegistry();
  schemas.update([registered('1', schema)]);
  return payloads.map((payload) => schemas.check(eventOf(payload)).violation);
}

describe('SchemaRegistry', () => {
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

  test('takes the JSON value null, set by hand, for a schema that accepts everything', () => {
    const schemas = new SchemaRegistry();
    schemas.update([registered('1', 'null')]);
    expect(schemas.check(EVENT)).toEqual({ version: '1', violation: null });
  });

  test('lets tenants share a schema, and one of them change it', () => {
    const schemas = new SchemaRegistry();
    const shared = { required: ['m'] };
    schemas.update([registered('1', shared, 't'), registered('1', shared, 'u')]);
    schemas.update([registered('2', {}, 't')]);
    expect(schemas.check(eventOf('{}', 't'))).toEqual({ version: '2', violation: null });
    expect(schemas.check(eventOf('{}', 'u')).violation).toContain("'m'");
    schemas.update([registered('0', null, 'u')]);
    expect(schemas.check(eventOf('{}', 'u')).violation).toBeNull();
  });

  test('refuses events of a type whose schema cannot be used, and says so', () => {
    expect(violationsOf({ type: 'no-such-type' }, '{}')).toEqual([
      expect.stringContaining(
        'the schema registered for this event type cannot be used: /type must be one of',
      ),
    ]);
  });
});

test('a schema with $async makes violations of its events: it neither lets them through nor ends the process', () => {
  const violation =
    'the schema registered for this event type cannot be used: /$async promises an answer that comes later; a payload is judged at once or not at all';
  const schema = { $async: true, type: 'object', required: ['id'] };
  expect(violationsOf(schema, '{"id":"ok"}', '{"wrong":true}')).toEqual([violation, violation]);
});

test('a price is a multiple of a cent, and an integer of 64 bits is not its neighbour', () => {
  const schema =
    '{"type":"object","required":["amount"],"properties":{"amount":{"type":"number","minimum":0,"multipleOf":0.01},"ids":{"type":"array","uniqueItems":true},"n":{"maximum":9007199254740992}}}';
  const good = ['19.99', '0.07', '1.13', '4.35', '64.1', '10.00'].map((amount) => `{"amount":${amount}}`);
  expect(violationsOf(schema, ...good)).toEqual(good.map(() => null));
  expect(violationsOf(schema, '{"amount":1,"ids":[9007199254740993,9007199254740992]}')).toEqual([null]);
  expect(violationsOf(schema, '{"amount":0.075}', '{"amount":1,"n":9007199254740993}')).toEqual([
    'payload/amount must be a multiple of 0.01',
    'payload/n must be <= 9007199254740992',
  ]);
});

test.each([
  ['http://json-schema.org/draft-04/schema#'],
  ['http://json-schema.org/draft-06/schema#'],
  ['http://json-schema.org/draft-07/schema#'],
  ['https://json-schema.org/draft/2019-09/schema'],
  ['https://json-schema.org/draft/2020-12/schema'],
])('a schema of %s is taken', ($schema) => {
  expect(violationsOf({ $schema, type: 'object', required: ['id'] }, '{"id":1}', '{}')).toEqual([
    null,
    "payload must have required property 'id'",
  ]);
});

test('a schema of a draft that is not taken makes violations that name the drafts that are', () => {
  const [violation] = violationsOf({ $schema: 'http://json-schema.org/draft-03/schema#' }, '{}');
  expect(violation).toContain(
    'http://json-schema.org/draft-03/schema#" is not a draft of JSON Schema that is taken',
  );
  expect(violation).toContain('https://json-schema.org/draft/2020-12/schema');
});

test('ten thousand schemas are taken over without compiling any of them', () => {
  const schemas = new SchemaRegistry();
  const [usable, unusable] = [{ required: ['n'] }, { $ref: '#/nowhere' }];
  const names = Array.from({ length: 10_000 }, (_, i) =>
    registered('1', i === 0 ? usable : unusable, `t${i}`),
  );
  schemas.update(names);
  expect(schemas.check(eventOf('{"n":1}', 't0')).violation).toBeNull();
  expect(schemas.check(eventOf('{"n":1}', 't9999')).violation).toContain('leads nowhere');
});

test('a pattern in exponential time does not hold up the event that it refuses', () => {
  const hostile = JSON.stringify(`${'a'.repeat(50_000)}!`);
  expect(violationsOf({ pattern: '^(a+)+$' }, hostile)).toEqual(['payload must match pattern "^(a+)+$"']);
});

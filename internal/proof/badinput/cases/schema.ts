import { type BadInput, type Category, cloud, plain, rejected, stored } from '../case.ts';

const order = (message: string, eventType = 'order') => plain(message).replace('user-app', eventType);

const violates = (name: string, message: string, detail: string, eventType = 'order'): BadInput => ({
  name,
  body: order(message, eventType),
  outcome: rejected('schema_violation', detail, { eventType, clientId: 'client-3' }),
});

const meets = (name: string, message: string, payload: string, eventType = 'order'): BadInput => ({
  name,
  body: order(message, eventType),
  outcome: stored(payload, { eventType, source: eventType }),
});

/** Registered in tenant `default` before the cases are sent. */
export const SCHEMAS: Readonly<Record<string, unknown>> = {
  order: {
    type: 'object',
    required: ['id', 'amount'],
    additionalProperties: false,
    properties: {
      id: { type: 'string', minLength: 2, maxLength: 4, pattern: '^[a-z]+$' },
      amount: { type: 'number', minimum: 0, maximum: 1e15 },
      count: { type: 'integer' },
      state: { enum: ['new', 'paid', null] },
      at: { type: 'string', format: 'date-time' },
      mail: { type: 'string', format: 'email' },
      tags: { type: 'array', items: { type: 'string' }, maxItems: 3, uniqueItems: true },
    },
  },
  inherited: { type: 'object', required: ['toString'] },
  text: { type: 'string', maxLength: 4 },
  nothing: false,
  anything: true,
  emoji: { type: 'string', maxLength: 2 },
  tree: {
    $ref: '#/$defs/node',
    $defs: { node: { type: 'object', properties: { next: { $ref: '#/$defs/node' } } } },
  },
  draft7: {
    $schema: 'http://json-schema.org/draft-07/schema#',
    type: 'object',
    properties: { n: { exclusiveMinimum: 0 } },
  },
  nonsense: { type: 'nonsense' },
  elsewhere: { $ref: 'https://example.com/schema.json' },
  number: { type: 'number' },
};

export const SCHEMA: Category = {
  title: 'JSON Schemas of event types',
  rule: 'Draft 2020-12 unless `$schema` says otherwise. The detail gives the location and one violated rule, never the value. Events of an unusable schema are rejected, and can be replayed once the schema is fixed.',
  cases: [
    violates('an object without its required members', '{}', "payload must have required property 'id'"),
    violates('one missing member', '{"id":"ab"}', "payload must have required property 'amount'"),
    violates('a text instead of an object', '"ab"', 'payload must be object'),
    violates('null instead of an object', 'null', 'payload must be object'),
    violates('an array instead of an object', '[{"id":"ab","amount":1}]', 'payload must be object'),
    violates('a text instead of a number', '{"id":"ab","amount":"1"}', 'payload/amount must be number'),
    violates('null instead of a number', '{"id":"ab","amount":null}', 'payload/amount must be number'),
    violates('a number below the minimum', '{"id":"ab","amount":-0.01}', 'payload/amount must be >= 0'),
    violates(
      'a number above the maximum',
      '{"id":"ab","amount":1e16}',
      'payload/amount must be <= 1000000000000000',
    ),
    violates(
      'a fraction instead of an integer',
      '{"id":"ab","amount":1,"count":1.5}',
      'payload/count must be integer',
    ),
    violates(
      'an additional member',
      '{"id":"ab","amount":1,"colour":"red"}',
      'payload must NOT have additional properties: colour',
    ),
    violates(
      'a member in a different letter case',
      '{"id":"ab","amount":1,"Count":1}',
      'payload must NOT have additional properties: Count',
    ),
    violates(
      '__proto__ as an additional member',
      '{"id":"ab","amount":1,"__proto__":{"count":"x"}}',
      'payload must NOT have additional properties: __proto__',
    ),
    violates(
      'a text that is too short',
      '{"id":"a","amount":1}',
      'payload/id must NOT have fewer than 2 characters',
    ),
    violates(
      'a text that is too long',
      '{"id":"abcde","amount":1}',
      'payload/id must NOT have more than 4 characters',
    ),
    violates(
      'a text that does not match the pattern',
      '{"id":"AB","amount":1}',
      'payload/id must match pattern',
    ),
    violates(
      'a value that is not in the list',
      '{"id":"ab","amount":1,"state":"lost"}',
      'payload/state must be equal to one of the allowed values: ["new","paid",null]',
    ),
    violates(
      'an invalid time',
      '{"id":"ab","amount":1,"at":"now"}',
      'payload/at must match format "date-time"',
    ),
    violates(
      'an invalid address',
      '{"id":"ab","amount":1,"mail":"a@"}',
      'payload/mail must match format "email"',
    ),
    violates(
      'too many elements',
      '{"id":"ab","amount":1,"tags":["a","b","c","d"]}',
      'payload/tags must NOT have more than 3 items',
    ),
    violates(
      'the same element twice',
      '{"id":"ab","amount":1,"tags":["a","a"]}',
      'payload/tags must NOT have duplicate items',
    ),
    violates(
      'an element of another type',
      '{"id":"ab","amount":1,"tags":["a",1]}',
      'payload/tags/1 must be string',
    ),
    violates(
      'an additional member of 100,000 characters',
      `{"id":"ab","amount":1,"${'x'.repeat(100_000)}":1}`,
      'payload must NOT have additional properties: xxxxxxxx',
    ),
    violates(
      'an additional member with two lines',
      '{"id":"ab","amount":1,"a\\n{\\"level\\":\\"fatal\\"}":1}',
      'payload must NOT have additional properties: a\n{"level":"fatal"}',
    ),
    violates(
      'a member that every JavaScript object inherits',
      '{}',
      "payload must have required property 'toString'",
      'inherited',
    ),
    violates('a text for a schema that accepts nothing', '"a"', 'payload boolean schema is false', 'nothing'),
    violates(
      'a tree with a wrong leaf',
      '{"next":{"next":{"next":5}}}',
      'payload/next/next/next must be object',
      'tree',
    ),
    violates('a rule of draft-07', '{"n":0}', 'payload/n must be > 0', 'draft7'),
    violates(
      'an invalid schema',
      '{}',
      'the schema registered for this event type cannot be used: ',
      'nonsense',
    ),
    violates(
      'a schema with a reference to the web',
      '{}',
      'the schema registered for this event type cannot be used: /$ref "https://example.com/schema.json" leads nowhere',
      'elsewhere',
    ),
    {
      name: 'Base64, checked as a text',
      body: cloud('"data_base64":"AAAAAAAA"').replace('user-app', 'text'),
      outcome: rejected('schema_violation', 'payload must NOT have more than 4 characters', {
        eventType: 'text',
        source: '/shop',
      }),
    },
    {
      name: 'one element of an array',
      body: `[${order('{"id":"ab","amount":1}')},${order('{"id":"ab"}')}]`,
      outcome: [
        stored('{"id": "ab", "amount": 1}', { eventType: 'order', source: 'order' }),
        rejected('schema_violation', "payload must have required property 'amount'", {
          body: order('{"id":"ab"}'),
        }),
      ],
    },
    {
      name: 'a schema does not apply to another tenant',
      body: plain('5', '"tenant_id":"other"').replace('client-3', 'theirs').replace('user-app', 'their-app'),
      outcome: stored('5', {
        tenantId: 'other',
        clientId: 'theirs',
        eventType: 'their-app',
        source: 'their-app',
      }),
    },
    meets(
      'all members',
      '{"id":"ab","amount":0.10,"count":9007199254740993,"state":null,"at":"2026-01-31T12:00:00Z","mail":"a@example.com","tags":[]}',
      '{"at": "2026-01-31T12:00:00Z", "id": "ab", "mail": "a@example.com", "tags": [], "count": 9007199254740993, "state": null, "amount": 0.10}',
    ),
    meets(
      'an integer written with a fraction',
      '{"id":"ab","amount":1,"count":1.0}',
      '{"id": "ab", "count": 1.0, "amount": 1}',
    ),
    meets('a key twice, the first wrong', '{"id":5,"amount":1,"id":"ab"}', '{"id": "ab", "amount": 1}'),
    meets('an emoji that counts as one character', '"\\ud83d\\ude00\\ud83d\\ude00"', '"😀😀"', 'emoji'),
    meets('anything', '[{"a":1}]', '[{"a": 1}]', 'anything'),
    meets(
      'a tree of 500 levels',
      `${'{"next":'.repeat(500)}{}${'}'.repeat(500)}`,
      `${'{"next": '.repeat(500)}{}${'}'.repeat(500)}`,
      'tree',
    ),
    meets('a number that is infinite in JavaScript', '1e400', `1${'0'.repeat(400)}`, 'number'),
  ],
};

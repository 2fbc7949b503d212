import { type BadInput, type Category, plain, rejected, stored } from '../case.ts';

const of = (eventType: string, message: string) => plain(message).replace('user-app', eventType);

const violates = (name: string, eventType: string, message: string, detail: string): BadInput => ({
  name,
  body: of(eventType, message),
  outcome: rejected('schema_violation', detail, { eventType, clientId: 'client-3' }),
});

const meets = (name: string, eventType: string, message: string, payload = message): BadInput => ({
  name,
  body: of(eventType, message),
  outcome: stored(payload, { eventType, source: eventType }),
});

const UNUSABLE = 'the schema registered for this event type cannot be used: ';

/** Nested alternatives: each level doubles the time of a check. */
function doubling(levels: number): unknown {
  return levels === 0 ? { type: 'null' } : { anyOf: [doubling(levels - 1), doubling(levels - 1)] };
}

/** Registered in tenant `default` before the cases are sent. JSON text, to keep numbers exact. */
export const SCHEMA_TEXTS: Readonly<Record<string, string>> = {
  money:
    '{"type":"object","required":["amount"],"properties":{"amount":{"type":"number","minimum":0,"multipleOf":0.01},"ids":{"type":"array","uniqueItems":true},"n":{"maximum":9007199254740992}}}',
  'exact-number': '{"enum":[9007199254740993,0.1,1e400]}',
  'draft-04': '{"$schema":"http://json-schema.org/draft-04/schema#","minimum":1,"exclusiveMinimum":true}',
  'draft-06': '{"$schema":"http://json-schema.org/draft-06/schema#","const":{"a":[1,2]}}',
  'draft-07':
    '{"$schema":"http://json-schema.org/draft-07/schema","if":{"type":"string"},"then":{"maxLength":1}}',
  'draft-2019-09':
    '{"$schema":"https://json-schema.org/draft/2019-09/schema","allOf":[{"properties":{"a":true}}],"unevaluatedProperties":false}',
  'draft-2020-12':
    '{"$schema":"https://json-schema.org/draft/2020-12/schema","prefixItems":[{"type":"string"}],"items":false}',
  'draft-03': '{"$schema":"http://json-schema.org/draft-03/schema#","type":"object"}',
  async: '{"$async":true,"type":"object","required":["id"]}',
  circle: '{"$ref":"#"}',
  doubling: JSON.stringify(doubling(17)),
  exponential: String.raw`{"pattern":"^(a+)+$"}`,
  quadratic: String.raw`{"pattern":"\\d+$"}`,
  slug: String.raw`{"pattern":"^[a-z]+(-[a-z]+)*$"}`,
  password: String.raw`{"pattern":"^(?=.*[a-z])(?=.*\\d).{8,}$"}`,
  letters: String.raw`{"pattern":"^\\p{L}+$"}`,
  legacy: String.raw`{"pattern":"^[\\w\\-]+\\-$"}`,
  twice: String.raw`{"pattern":"^(a*)\\1b*c*$"}`,
  'no-pattern': '{"pattern":"("}',
};

export const SCHEMA_KINDS: Category = {
  title: 'Numbers, drafts and patterns in JSON Schemas',
  rule: 'Numbers are compared by their decimal values, in drafts 04, 06, 07, 2019-09 and 2020-12. The time of a check is bounded whatever the schema; where it cannot be, the event is rejected.',
  cases: [
    ...['19.99', '0.07', '1.13', '4.35', '64.1', '10.00', '1e2'].map((amount) =>
      meets(
        `${amount} is a multiple of 0.01`,
        'money',
        `{"amount":${amount}}`,
        `{"amount": ${amount === '1e2' ? '100' : amount}}`,
      ),
    ),
    violates(
      '0.075 is not a multiple of 0.01',
      'money',
      '{"amount":0.075}',
      'payload/amount must be a multiple of 0.01',
    ),
    meets(
      '64-bit integers with the same double value are different',
      'money',
      '{"amount":1,"ids":[9007199254740993,9007199254740992]}',
      '{"ids": [9007199254740993, 9007199254740992], "amount": 1}',
    ),
    violates(
      'one number written in two ways is equal',
      'money',
      '{"amount":1,"ids":[1,2,1.0]}',
      'payload/ids must NOT have duplicate items (items 0 and 2 are equal)',
    ),
    violates(
      'a 64-bit integer one above the maximum',
      'money',
      '{"amount":1,"n":9007199254740993}',
      'payload/n must be <= 9007199254740992',
    ),
    meets('an allowed 64-bit integer', 'exact-number', '9007199254740993'),
    meets('an allowed number with another exponent', 'exact-number', '10e399', `1${'0'.repeat(400)}`),
    violates(
      'a different number with the same double value',
      'exact-number',
      '9007199254740992',
      'payload must be equal to one of',
    ),
    violates(
      'a decimal with the same double value',
      'exact-number',
      '0.10000000000000000001',
      'payload must be equal to one of',
    ),
    violates('a rule of draft-04', 'draft-04', '1', 'payload must be > 1'),
    violates('a rule of draft-06', 'draft-06', '{"a":[2,1]}', 'payload must be equal to constant'),
    meets('a rule of draft-06, met by another notation', 'draft-06', '{"a":[1.0,2]}', '{"a": [1.0, 2]}'),
    violates(
      'a rule of draft-07 (if and then)',
      'draft-07',
      '"ab"',
      'payload must NOT have more than 1 characters',
    ),
    violates(
      'a rule of draft 2019-09',
      'draft-2019-09',
      '{"a":1,"b":2}',
      'payload must NOT have unevaluated properties: b',
    ),
    violates(
      'a rule of draft 2020-12',
      'draft-2020-12',
      '["a","b"]',
      'payload must NOT have more than 1 items',
    ),
    violates(
      'a schema of draft-03',
      'draft-03',
      '{}',
      `${UNUSABLE}/$schema "http://json-schema.org/draft-03/schema#" is not a draft`,
    ),
    violates('an asynchronous schema', 'async', '{"wrong":true}', `${UNUSABLE}/$async promises`),
    violates(
      'an asynchronous schema, with a valid payload',
      'async',
      '{"id":"ok"}',
      `${UNUSABLE}/$async promises`,
    ),
    violates(
      'a schema that refers to itself',
      'circle',
      '1',
      'the schema nests or refers more than 2500 schemas deep',
    ),
    violates('a schema that would take very long to check', 'doubling', '1', 'the schema takes more than'),
    violates(
      'a pattern with exponential backtracking',
      'exponential',
      `"${'a'.repeat(50_000)}!"`,
      'payload must match pattern',
    ),
    violates(
      'a pattern with quadratic backtracking',
      'quadratic',
      `"${'1'.repeat(100_000)}x"`,
      'payload must match pattern',
    ),
    meets('a pattern with exponential backtracking, matched', 'exponential', `"${'a'.repeat(50_000)}"`),
    meets('a harmless nested repetition', 'slug', `"${'abc-'.repeat(5_000)}abc"`),
    meets('a lookahead, matched', 'password', '"secret-1"'),
    violates('a lookahead, not matched', 'password', '"12345678"', 'payload must match pattern'),
    meets('letters of any script', 'letters', '"Ünïcödé"'),
    meets('a pattern that is invalid with the Unicode flag', 'legacy', '"a-b-"'),
    violates(
      'a text that may be too long for a pattern with backreferences',
      'twice',
      `"${'a'.repeat(5_000)}"`,
      'may take too long for a text of this length; a maxLength beside it bounds that',
    ),
    violates(
      'an invalid pattern',
      'no-pattern',
      '"a"',
      `${UNUSABLE}/pattern "(" is not a regular expression`,
    ),
  ],
};

import { type BadInput, type Category, cloud, plain, rejected, sns, stored } from '../case.ts';

/** A text that is stored unchanged. */
const kept = (name: string, text: string): BadInput => ({
  name,
  body: plain(JSON.stringify(text)),
  outcome: stored(JSON.stringify(text)),
});

/** An unregistered name, which must be treated as nothing but a name. */
const unknown = (what: 'client' | 'event type' | 'tenant', name: string): BadInput => {
  const member = { client: 'client_id', 'event type': 'event_type', tenant: 'tenant_id' }[what];
  const event = { event_type: 'user-app', client_id: 'client-3', message: 1, [member]: name };
  const reason = (
    { client: 'unknown_client', 'event type': 'unknown_event_type', tenant: 'unknown_tenant' } as const
  )[what];
  return {
    name: `${what} ${JSON.stringify(name)}`,
    body: JSON.stringify(event),
    outcome: rejected(reason, `${what} ${JSON.stringify(name)} is not registered`),
  };
};

const payload = (name: string, message: string, stands = message): BadInput => ({
  name,
  body: plain(message),
  outcome: stored(stands),
});

const INHERITED = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', 'prototype'];

const SQL = [
  "'; drop table message; --",
  "client-3' or '1'='1",
  "client-3'--",
  '"; select pg_sleep(10); --',
  "\\'; truncate tenant; --",
  '$1',
  '$$',
  "E'\\x27'",
  '%s',
  '{client-3,client-2}',
  'NULL',
  'client-3\\',
];

const LOG = [
  'a\n{"level":"fatal","msg":"owned"}',
  'a\r\n\r\nHTTP/1.1 200 OK',
  '\u001b[2J\u001b[31mowned',
  'a\tb\u2028c',
  '${jndi:ldap://example.com/a}',
  '{{7*7}}',
  '%n%s%d',
];

export const HOSTILE: Category = {
  title: 'Hostile keys and values',
  rule: 'Names and texts are only data: nothing in an event is ever executed, looked up as a property of an object, inserted into SQL, or written to the log. When a key occurs twice, the last one counts, as in PostgreSQL.',
  cases: [
    ...INHERITED.map((name) => unknown('client', name)),
    ...INHERITED.map((name) => unknown('event type', name)),
    ...INHERITED.map((name) => unknown('tenant', name)),
    ...SQL.map((name) => unknown('client', name)),
    ...LOG.map((name) => unknown('client', name)),
    unknown('event type', "user-app'; delete from rejection; --"),
    unknown('tenant', 'a\n{"level":"fatal"}'),
    unknown('tenant', 'default\r'),
    payload('__proto__ in a payload', '{"__proto__":{"polluted":1}}', '{"__proto__": {"polluted": 1}}'),
    payload(
      '__proto__ beside a number that JavaScript cannot hold',
      '{"__proto__":{"n":1.0},"n":2.0}',
      '{"n": 2.0, "__proto__": {"n": 1.0}}',
    ),
    payload('__proto__ twice', '{"__proto__":1,"__proto__":2}', '{"__proto__": 2}'),
    payload(
      'constructor and prototype',
      '{"constructor":{"prototype":{"polluted":1}}}',
      '{"constructor": {"prototype": {"polluted": 1}}}',
    ),
    payload(
      'toString, valueOf and toJSON',
      '{"toString":1,"valueOf":2,"toJSON":3}',
      '{"toJSON": 3, "valueOf": 2, "toString": 1}',
    ),
    payload(
      'toJSON beside a number that JavaScript cannot hold',
      '{"toJSON":"x","n":1.0}',
      '{"n": 1.0, "toJSON": "x"}',
    ),
    payload(
      'an object that looks like a raw number',
      '{"rawJSON":"1e400","n":1.0}',
      '{"n": 1.0, "rawJSON": "1e400"}',
    ),
    payload('a then member, which does not make a promise', '{"then":"x"}', '{"then": "x"}'),
    payload('length and 0, which do not make an array', '{"length":5,"0":"a"}', '{"0": "a", "length": 5}'),
    payload('hasOwnProperty that is not a function', '{"hasOwnProperty":1}', '{"hasOwnProperty": 1}'),
    payload('an empty key', '{"":1}', '{"": 1}'),
    payload(
      'keys with dots, dollars and brackets',
      '{"a.b":1,"$where":2,"a[0]":3}',
      '{"a.b": 1, "a[0]": 3, "$where": 2}',
    ),
    payload('keys like SQL', '{"\'; drop table message; --":1}', '{"\'; drop table message; --": 1}'),
    payload('keys that are numbers, in their order', '{"10":1,"9":2,"1":3}', '{"1": 3, "9": 2, "10": 1}'),
    payload('keys that differ in case', '{"a":1,"A":2}', '{"A": 2, "a": 1}'),
    payload('a key twice', '{"a":1,"a":2}', '{"a": 2}'),
    payload('a key twice, with escapes', '{"a":1,"\\u0061":2}', '{"a": 2}'),
    payload('a key a hundred times', `{${'"a":1,'.repeat(99)}"a":100}`, '{"a": 100}'),
    payload('a key twice, with numbers that JavaScript cannot hold', '{"a":1.0,"a":2.0}', '{"a": 2.0}'),
    payload('a key twice, an object and then null', '{"a":{"b":1},"a":null}', '{"a": null}'),
    {
      name: 'client_id twice, the first unknown',
      body: plain('1', '"client_id":"client-3"').replace('client-3', 'nobody'),
      outcome: stored('1'),
    },
    {
      name: 'client_id twice, the second unknown',
      body: plain('1', '"client_id":"nobody"'),
      outcome: rejected('unknown_client', 'client "nobody" is not registered'),
    },
    { name: 'message twice', body: plain('1.0', '"message":2.0'), outcome: stored('2.0') },
    {
      name: 'tenant_id twice',
      body: plain('1', '"tenant_id":"other","tenant_id":"default"'),
      outcome: stored('1'),
    },
    {
      name: 'specversion twice, the second wrong',
      body: cloud('"data":1,"specversion":"0.3"'),
      outcome: rejected('invalid_envelope', 'specversion: expected "1.0"'),
    },
    {
      name: 'Message twice in SNS',
      body: sns('Hello').replace('}', `,"Message":${JSON.stringify(plain('1'))}}`),
      outcome: stored('1'),
    },
    {
      name: '__proto__ as a member of a plain event',
      body: plain('1', '"__proto__":{"tenant_id":"other"}'),
      outcome: stored('1', { attributes: '{"__proto__": {"tenant_id": "other"}}' }),
    },
    {
      name: 'the client only in __proto__',
      body: '{"event_type":"user-app","message":1,"__proto__":{"client_id":"client-3"}}',
      outcome: rejected(
        'invalid_envelope',
        'client_id: expected a text of 1 to 128 characters, it is missing',
      ),
    },
    {
      name: '__proto__ as a member of a CloudEvent',
      body: cloud('"__proto__":{"tenantid":"other"},"data":1'),
      outcome: rejected('invalid_envelope', '__proto__: expected an attribute name'),
    },
    {
      name: 'constructor as an extension attribute',
      body: cloud('"constructor":"x","data":1'),
      outcome: stored('1', { source: '/shop', attributes: '{"constructor": "x"}' }),
    },
    {
      name: 'specversion only in __proto__',
      body: '{"__proto__":{"specversion":"1.0"},"source":"/shop","type":"user-app","clientid":"client-3"}',
      outcome: rejected('invalid_envelope', 'event_type: expected a text'),
    },
    {
      name: 'SQL in every text of an event',
      body: plain(
        '"\'; drop table message; --"',
        '"source":"\'; drop table message_key; --","event_id":"\'; drop table rejection; --"',
      ),
      outcome: stored('"\'; drop table message; --"', {
        source: "'; drop table message_key; --",
        eventId: "'; drop table rejection; --",
      }),
    },
    {
      name: 'a log line in the id of a rejected event',
      body: plain('1', '"event_id":"a\\n{\\"level\\":\\"fatal\\"}"').replace('client-3', 'nobody'),
      outcome: rejected('unknown_client', 'client "nobody"', { eventId: 'a\n{"level":"fatal"}' }),
    },
    {
      name: 'a log line as a body',
      body: '{"level":"fatal","msg":"owned"}\n{"level":"fatal"}',
      outcome: rejected('malformed_json', 'Unexpected non-whitespace character after JSON'),
    },
    {
      name: 'a log line as the name of a member',
      body: plain('1', '"a\\n{\\"level\\":\\"fatal\\"}":1'),
      outcome: stored('1', { attributes: '{"a\\n{\\"level\\":\\"fatal\\"}": 1}' }),
    },
    kept('HTML', '<script>alert(document.cookie)</script><img src=x onerror=alert(1)>'),
    kept('HTML entities', '&lt;b&gt; &amp; &#0;'),
    kept('SQL', "Robert'); drop table message; --"),
    kept('a shell', '$(rm -rf /); `id` | cat /etc/passwd && true'),
    kept('a path', '../../../../etc/passwd'),
    kept('a spreadsheet formula', "=cmd|' /C calc'!A0"),
    kept('a template', '{{constructor.constructor("return process")()}} ${7*7} #{7*7} <%= 7*7 %>'),
    kept('an XML entity', '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'),
    kept('JavaScript', '(() => process.exit(1))()'),
    kept(
      'serialised objects',
      'O:8:"stdClass":0:{} rO0ABXNyABFqYXZhLnV0aWwuSGFzaE1hcA== !!python/object/apply:os.system',
    ),
    kept('a text that is slow to match', `${'a'.repeat(50_000)}!`),
    kept('quotes and backslashes', `${'\\"\''.repeat(500)}\\`),
    kept('the escapes of bytea', '\\x00 \\000 \\\\x'),
    kept('words that often mean null', 'null undefined NaN true NIL None {} []'),
  ],
};

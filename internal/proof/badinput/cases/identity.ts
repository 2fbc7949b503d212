import {
  type BadInput,
  type Category,
  cloud,
  duplicate,
  type Outcome,
  plain,
  rejected,
  stored,
} from '../case.ts';

const named = (eventId: string) => `"source":"identity","event_id":"${eventId}"`;

const conflict = (eventId: string): Outcome =>
  rejected(
    'id_conflict',
    `source "identity" already sent an event with id "${eventId}" and another type, client or payload; a new event needs a new id`,
    { eventId, source: 'identity' },
  );

/** One identity with two payloads. They are the same only if `payload` gives PostgreSQL's text of both. */
function twice(name: string, first: string, second: string, payload?: string): BadInput {
  const eventId = `identity ${name}`;
  return {
    name,
    earlier: plain(first, named(eventId)),
    body: plain(second, named(eventId)),
    outcome: payload === undefined ? conflict(eventId) : duplicate(payload, { source: 'identity', eventId }),
  };
}

/** An event, followed by one that differs outside the payload. */
function changed(
  name: string,
  change: (event: string) => string,
  outcomeFor: (eventId: string) => Outcome,
): BadInput {
  const eventId = `identity ${name}`;
  const event = plain('1', `${named(eventId)},"occurred_at":"2026-01-01T00:00:00Z"`);
  return { name, earlier: event, body: change(event), outcome: outcomeFor(eventId) };
}

const AT = { source: 'identity', occurredAt: '2026-01-01 00:00:00' };
const same = (eventId: string) => duplicate('1', { ...AT, eventId });

const withId = (value: string) => plain('1', `"event_id":${value}`);

/** Some producers number their events. The id must have exactly these digits. */
const NUMBERED: readonly [id: string, eventId: string][] = [
  ['5', '5'],
  ['820982911946154500', '820982911946154500'],
  ['12345678901234567891', '12345678901234567891'],
  ['8.20982911946154501e17', '820982911946154501'],
  ['-7', '-7'],
];

const odd = (name: string, eventId: string): BadInput => ({
  name,
  body: withId(JSON.stringify(eventId)),
  outcome: stored('1', { eventId }),
});

export const IDENTITY: Category = {
  title: 'Identity',
  rule: 'An identity is tenant, source and id, compared character by character. The same content again is a duplicate, whatever its spacing, order of keys, time or trace; a different type, client or payload is an `id_conflict`, which overwrites nothing. A rejected event does not occupy its identity.',
  cases: [
    twice('the same payload', '{"a":1}', '{"a":1}', '{"a": 1}'),
    twice('the same with different spaces', '{"a":1}', ' { "a" : 1 } ', '{"a": 1}'),
    twice('the same in another order', '{"a":1,"b":2}', '{"b":2,"a":1}', '{"a": 1, "b": 2}'),
    twice('the same with a key twice', '{"a":1}', '{"a":2,"a":1}', '{"a": 1}'),
    twice('the same with escapes', '"ä"', '"\\u00e4"', '"ä"'),
    twice('the same number with a trailing zero', '1.5', '1.50', '1.5'),
    twice('the same number with an exponent', '100', '1e2', '100'),
    twice('zero with and without a sign', '0', '-0', '0'),
    twice('another value', '{"a":1}', '{"a":2}'),
    twice('another key', '{"a":1}', '{"A":1}'),
    twice('a payload with an additional member', '{"a":1}', '{"a":1,"b":null}'),
    twice('a payload with a member removed', '{"a":1,"b":2}', '{"a":1}'),
    twice('null instead of an object', '{}', 'null'),
    twice('an empty text instead of null', 'null', '""'),
    twice('a text instead of a number', '1', '"1"'),
    twice('false instead of null', 'null', 'false'),
    twice('an array in another order', '[1,2]', '[2,1]'),
    twice('a number that differs beyond JavaScript precision', '9007199254740993', '9007199254740992'),
    twice('a decimal that differs beyond JavaScript precision', '0.1000000000000000000001', '0.1'),
    twice('a text that looks the same', '"ä"', '"a\u0308"'),
    twice('a text with a trailing space', '"a"', '"a "'),
    changed('another time', (event) => event.replace('2026-01-01', '2025-12-31'), same),
    changed('no time', (event) => event.replace(/,"occurred_at":"[^"]*"/, ''), same),
    changed(
      'another trace',
      (event) =>
        event.replace(
          '"source"',
          '"traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01","source"',
        ),
      same,
    ),
    changed(
      'the default tenant by name',
      (event) => event.replace('"source"', '"tenant_id":"default","source"'),
      same,
    ),
    changed(
      'a CloudEvent with the same content',
      () => cloud('"id":"identity a CloudEvent with the same content","data":1').replace('/shop', 'identity'),
      same,
    ),
    changed(
      'a CloudEvent with other extensions',
      () =>
        cloud(
          '"id":"identity a CloudEvent with other extensions","colour":"red","datacontenttype":"text/csv","data":1',
        ).replace('/shop', 'identity'),
      same,
    ),
    changed(
      'inside SNS',
      (event) => JSON.stringify({ Type: 'Notification', TopicArn: 'arn', Message: event }),
      same,
    ),
    changed('another client', (event) => event.replace('client-3', 'client-1'), conflict),
    changed('another type', (event) => event.replace('user-app', 'monitor-app'), conflict),
    changed(
      'Base64 instead of the same text',
      () =>
        cloud('"id":"identity Base64 instead of the same text","data_base64":"AAAA"').replace(
          '/shop',
          'identity',
        ),
      conflict,
    ),
    changed(
      'another client, not registered',
      (event) => event.replace('client-3', 'nobody'),
      (eventId) => rejected('unknown_client', 'client "nobody" is not registered', { eventId }),
    ),
    changed(
      'another type, not registered',
      (event) => event.replace('user-app', 'no-app'),
      (eventId) => rejected('unknown_event_type', 'event type "no-app" is not registered', { eventId }),
    ),
    changed(
      'another source',
      (event) => event.replace('"source":"identity"', '"source":"identity, second"'),
      (eventId) => stored('1', { ...AT, source: 'identity, second', eventId }),
    ),
    changed(
      'the id in capitals',
      (event) => event.replace('identity the id', 'IDENTITY THE ID'),
      () => stored('1', { ...AT, eventId: 'IDENTITY THE ID in capitals' }),
    ),
    changed(
      'an id with a zero before',
      (event) => event.replace('identity an id', '0identity an id'),
      () => stored('1', { ...AT, eventId: '0identity an id with a zero before' }),
    ),
    {
      name: 'the same twice in an array',
      body: `[${plain('1', named('identity in array'))},${plain('1', named('identity in array'))}]`,
      outcome: [
        stored('1', { source: 'identity', eventId: 'identity in array' }),
        duplicate('1', { source: 'identity', eventId: 'identity in array' }),
      ],
    },
    {
      name: 'an array with an event that cannot be stored, and its correction',
      body: `[${plain('1e200000', named('identity mended'))},${plain('1', named('identity mended'))}]`,
      outcome: [
        rejected('unstorable', 'holds a number of more than 131072 digits', { eventId: 'identity mended' }),
        stored('1', { source: 'identity', eventId: 'identity mended' }),
      ],
    },
    {
      name: 'the same id in two tenants',
      earlier: plain('1', named('identity two tenants')),
      body: plain('2', `"tenant_id":"other","event_id":"identity two tenants"`)
        .replace('client-3', 'theirs')
        .replace('user-app', 'their-app'),
      outcome: stored('2', {
        tenantId: 'other',
        clientId: 'theirs',
        eventType: 'their-app',
        source: 'their-app',
        eventId: 'identity two tenants',
      }),
    },
    {
      name: 'an empty id',
      body: withId('""'),
      outcome: rejected(
        'invalid_envelope',
        'event_id: expected a text of 1 to 1024 characters, got an empty text',
        { eventId: '' },
      ),
    },
    {
      name: 'a number and then the same digits as a text',
      earlier: withId('820982911946154502'),
      body: withId('"820982911946154502"'),
      outcome: duplicate('1', { eventId: '820982911946154502' }),
    },
    {
      name: 'a client that is a number',
      body: withId('"identity-client"').replace('"client-3"', '42'),
      outcome: rejected(
        'invalid_envelope',
        'client_id: expected a text of 1 to 128 characters, got a number',
      ),
    },
    {
      name: 'an id that is null',
      body: withId('null'),
      outcome: rejected('invalid_envelope', 'event_id: expected a text of 1 to 1024 characters, got null'),
    },
    ...NUMBERED.map(
      ([id, eventId]): BadInput => ({
        name: `an id that is the number ${id}`,
        body: withId(id),
        outcome: stored('1', { eventId }),
      }),
    ),
    ...['5.5', '-0.1', '1e400'].map(
      (id): BadInput => ({
        name: `an id that is not a whole number, or not finite: ${id}`,
        body: withId(id),
        outcome: rejected(
          'invalid_envelope',
          'event_id: expected a text of 1 to 1024 characters, got a number',
          { eventId: null },
        ),
      }),
    ),
    {
      name: 'an id that is an object',
      body: withId('{"$oid":"5"}'),
      outcome: rejected(
        'invalid_envelope',
        'event_id: expected a text of 1 to 1024 characters, got an object',
      ),
    },
    odd('an id that is a space', ' '),
    odd('an id with two lines', 'identity\nsecond line'),
    odd('the text null as an id', 'null'),
    odd('the id NULL', 'NULL'),
    odd('the id undefined', 'undefined'),
    odd('an id like a PostgreSQL array', '{"a","b",NULL}'),
    odd('an id with quotes and backslashes', '\\"\'\\\\'),
    odd('an id like SQL', "1'; truncate message; --"),
    odd('the id 0', '0'),
    odd('an id in another alphabet', 'идентификатор-一'),
  ],
};

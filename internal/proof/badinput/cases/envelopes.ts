import { type BadInput, type Category, cloud, plain, rejected, stored } from '../case.ts';

const invalid = (name: string, body: string, detail: string): BadInput => ({
  name,
  body,
  outcome: rejected('invalid_envelope', detail),
});

/** A plain event with one member replaced. */
const withMember = (member: string, value: string) =>
  plain('1').replace(new RegExp(`"${member}":"[^"]*"`), `"${member}":${value}`);

const WRONG_TEXTS: readonly [value: string, got: string][] = [
  ['null', 'got null'],
  ['""', 'got an empty text'],
  ['5', 'got a number'],
  ['true', 'got a boolean'],
  ['{}', 'got an object'],
  ['["user-app"]', 'got an array'],
];

const NO_EVENTS: readonly [body: string, got: string][] = [
  ['null', 'got null'],
  ['true', 'got a boolean'],
  ['42', 'got a number'],
  ['1e400', 'got a number'],
  ['"a text"', 'got a text of 6 characters'],
  ['""', 'got an empty text'],
];

const MISSPELT: readonly [member: string, meant: string][] = [
  ['tenantId', 'tenant_id'],
  ['TENANT-ID', 'tenant_id'],
  ['tennant_id', 'tenant_id'],
  ['tenat_id', 'tenant_id'],
  ['teannt_id', 'tenant_id'],
  ['EventId', 'event_id'],
  ['clientid', 'client_id'],
  ['sources', 'source'],
  ['occuredAt', 'occurred_at'],
  ['traceParent', 'traceparent'],
];

/** An event with a further member, and the expected `attributes`. */
const further = (name: string, member: string, attributes: string): BadInput => ({
  name,
  body: plain('1', member),
  outcome: stored('1', { attributes }),
});

export const ENVELOPES: Category = {
  title: 'The plain envelope, and arrays',
  rule: '`event_type`, `client_id` and `message` are all required. Unknown members are kept in `attributes`, unless the name looks like a misspelt known one, which could put the event under another tenant. Descriptive members, such as a time or a trace context, never cause a rejection. Each event of an array is decided separately.',
  cases: [
    ...NO_EVENTS.map(([body, got]) =>
      invalid(`not an object: ${body}`, body, `expected an event, which is a JSON object, ${got}`),
    ),
    invalid(
      'an empty object',
      '{}',
      'event_type: expected a text of 1 to 255 characters, it is missing; client_id: expected a text of 1 to 128 characters, it is missing; message: expected any JSON value, it is missing',
    ),
    invalid(
      'without event_type',
      '{"client_id":"client-3","message":1}',
      'event_type: expected a text of 1 to 255 characters, it is missing',
    ),
    invalid(
      'without client_id',
      '{"event_type":"user-app","message":1}',
      'client_id: expected a text of 1 to 128 characters, it is missing',
    ),
    invalid(
      'without message',
      '{"event_type":"user-app","client_id":"client-3"}',
      'message: expected any JSON value, it is missing',
    ),
    ...WRONG_TEXTS.map(([value, got]) =>
      invalid(
        `event_type ${value}`,
        withMember('event_type', value),
        `event_type: expected a text of 1 to 255 characters, ${got}`,
      ),
    ),
    ...WRONG_TEXTS.map(([value, got]) =>
      invalid(
        `client_id ${value}`,
        withMember('client_id', value),
        `client_id: expected a text of 1 to 128 characters, ${got}`,
      ),
    ),
    ...WRONG_TEXTS.map(([value, got]) =>
      invalid(
        `tenant_id ${value}`,
        plain('1', `"tenant_id":${value}`),
        `tenant_id: expected a text of 1 to 128 characters, ${got}`,
      ),
    ),
    invalid(
      'source null',
      plain('1', '"source":null'),
      'source: expected a text of 1 to 1024 characters, got null',
    ),
    ...MISSPELT.map(([member, meant]) =>
      invalid(
        `${member} for ${meant}`,
        plain('1', `"${member}":"other"`),
        `${member}: not a member of an event; ${meant} was probably meant`,
      ),
    ),
    invalid(
      'member names in capitals',
      plain('1').replace('client_id', 'CLIENT_ID'),
      'CLIENT_ID: not a member of an event; client_id was probably meant',
    ),
    invalid(
      'a space after a member name',
      plain('1').replace('client_id', 'client_id '),
      'client_id : not a member of an event; client_id was probably meant',
    ),
    invalid(
      'client_ip without client_id',
      plain('1').replace('client_id', 'client_ip'),
      'client_ip: not a member of an event; client_id was probably meant',
    ),
    invalid(
      'data instead of message',
      plain('1').replace('message', 'data'),
      'message: expected any JSON value',
    ),
    invalid(
      'CloudEvents members without specversion',
      '{"id":"1","source":"/shop","type":"user-app","clientid":"client-3","data":1}',
      'clientid: not a member of an event; client_id was probably meant',
    ),
    invalid(
      'the event inside another object',
      `{"event":${plain('1')}}`,
      'event_type: expected a text of 1 to 255 characters, it is missing',
    ),
    invalid(
      'a notification of another service',
      '{"Records":[{"eventSource":"aws:s3"}]}',
      'event_type: expected a text of 1 to 255 characters, it is missing',
    ),
    invalid('an array without events', '[]', 'the array of events is empty'),
    further("the MessageId member of the original system's producers", '"MessageId":""', '{"MessageId": ""}'),
    further('a custom member', '"colour":"red"', '{"colour": "red"}'),
    further('client_ip beside client_id', '"client_ip":"::1"', '{"client_ip": "::1"}'),
    further(
      'members of every kind',
      '"a":null,"b":[1.50,{"c":9007199254740993}],"":true',
      '{"": true, "a": null, "b": [1.50, {"c": 9007199254740993}]}',
    ),
    further('a member twice; the last one counts', '"a":1,"a":2', '{"a": 2}'),
    further('traceparent 5', '"traceparent":5', '{"traceparent": 5}'),
    further(
      'a traceparent in capitals',
      '"traceparent":"00-0AF7651916CD43DD8448EB211C80319C-B7AD6B7169203331-01"',
      '{"traceparent": "00-0AF7651916CD43DD8448EB211C80319C-B7AD6B7169203331-01"}',
    ),
    further('a tracestate', '"tracestate":"a=b"', '{"tracestate": "a=b"}'),
    { name: 'message null', body: plain('null'), outcome: stored('null') },
    { name: 'message false', body: plain('false'), outcome: stored('false') },
    { name: 'message an empty text', body: plain('""'), outcome: stored('""') },
    { name: 'message an empty object', body: plain('{}'), outcome: stored('{}') },
    { name: 'message an empty array', body: plain('[]'), outcome: stored('[]') },
    {
      name: 'message a whole event',
      body: plain(plain('1')),
      outcome: stored('{"message": 1, "client_id": "client-3", "event_type": "user-app"}'),
    },
    {
      name: 'every known member',
      body: plain(
        '{"a":[1]}',
        '"tenant_id":"other","event_id":"envelopes-all","source":"shop","occurred_at":"2026-01-31T12:00:00+01:00","traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"',
      )
        .replace('client-3', 'theirs')
        .replace('user-app', 'their-app'),
      outcome: stored('{"a": [1]}', {
        tenantId: 'other',
        clientId: 'theirs',
        eventType: 'their-app',
        eventId: 'envelopes-all',
        source: 'shop',
        occurredAt: '2026-01-31 11:00:00',
        traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      }),
    },
    {
      name: 'an invalid traceparent',
      body: plain('1', '"traceparent":"00-zero-zero-01"'),
      outcome: stored('1', { attributes: '{"traceparent": "00-zero-zero-01"}' }),
    },
    { name: 'an array of one', body: `[${plain('1')}]`, outcome: [stored('1')] },
    {
      name: 'an array with spaces around its elements',
      body: `[ \n${plain('1')} ,\t${plain('2')}\r\n]`,
      outcome: [stored('1'), stored('2')],
    },
    {
      name: 'an array with one of everything',
      body: `[${plain('1')},5,null,"a",[],{},${plain('2')},${plain('3').replace('client-3', 'nobody')},${cloud('"data":4')}]`,
      outcome: [
        stored('1'),
        rejected('invalid_envelope', 'which is a JSON object, got a number', { body: '5' }),
        rejected('invalid_envelope', 'which is a JSON object, got null', { body: 'null' }),
        rejected('invalid_envelope', 'which is a JSON object, got a text of 1 characters', { body: '"a"' }),
        rejected('invalid_envelope', 'which is a JSON object, got an array', { body: '[]' }),
        rejected('invalid_envelope', 'client_id: expected a text', { body: '{}' }),
        stored('2'),
        rejected('unknown_client', 'client "nobody" is not registered in tenant "default"', {
          clientId: 'nobody',
          body: plain('3').replace('client-3', 'nobody'),
        }),
        stored('4', { source: '/shop' }),
      ],
    },
    {
      name: 'an array in an array',
      body: `[[${plain('1')}],${plain('2')}]`,
      outcome: [
        rejected('invalid_envelope', 'which is a JSON object, got an array', { body: `[${plain('1')}]` }),
        stored('2'),
      ],
    },
    {
      name: 'an element with brackets, commas and quotes in a text',
      body: `[${plain('"],[{\\"a\\":1},"')},[]]`,
      outcome: [stored('"],[{\\"a\\":1},"'), rejected('invalid_envelope', 'got an array', { body: '[]' })],
    },
  ],
};

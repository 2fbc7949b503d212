import {
  type BadInput,
  type Category,
  cloud,
  eventBridge,
  plain,
  refusedBySqs,
  rejected,
  sns,
  stored,
} from '../case.ts';

/** What SQS carries, attributes and all. */
const SQS_BYTES = 1_048_576;
/** `plain` around nothing. */
const AROUND = plain('').length;

const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
const nestedObjects = (levels: number) => '{"a":'.repeat(levels) + '1' + '}'.repeat(levels);
/** The envelope is a level itself. */
const DEEPEST = 511;

const tooDeep = (name: string, body: string, row = {}): BadInput => ({
  name,
  body,
  outcome: rejected('unstorable', 'the body nests deeper than 512 levels', row),
});

const text = (length: number, character = 'x') => `"${character.repeat(length)}"`;

const tooLong = (member: string, max: number, value: string): BadInput => ({
  name: `${member} of ${value.length} characters`,
  body:
    member === 'event_type' || member === 'client_id'
      ? plain('1').replace(new RegExp(`"${member}":"[^"]*"`), `"${member}":"${value}"`)
      : plain('1', `"${member}":"${value}"`),
  outcome: rejected(
    'invalid_envelope',
    `${member}: expected a text of 1 to ${max} characters, got a text of ${value.length} characters`,
  ),
});

export const SIZES: Category = {
  title: 'Sizes and depth',
  rule: 'SQS carries 1 MiB. 512 levels of nesting, counted from the text that is read as JSON; 10,000 events in an array; names and ids as long as their columns. Longer ones are refused whole, never cut. Of what is refused, only the claims of the rejection are cut.',
  cases: [
    { name: 'as deep as allowed', body: plain(nested(DEEPEST)), outcome: stored(nested(DEEPEST)) },
    {
      name: 'objects as deep as allowed',
      body: plain(nestedObjects(DEEPEST)),
      outcome: stored(nestedObjects(DEEPEST).replaceAll(':', ': ')),
    },
    {
      name: 'as deep as allowed, with a number that JavaScript cannot hold',
      body: plain(nested(DEEPEST).replace('[]', '[1.0]')),
      outcome: stored(nested(DEEPEST).replace('[]', '[1.0]')),
    },
    tooDeep('one level too deep', plain(nested(DEEPEST + 1)), {
      eventType: 'user-app',
      clientId: 'client-3',
    }),
    tooDeep('objects one level too deep', plain(nestedObjects(DEEPEST + 1)), { eventType: 'user-app' }),
    tooDeep('20,000 levels', plain(nested(20_000)), { eventType: 'user-app' }),
    tooDeep('half a million levels', plain(nested(500_000)), { eventType: 'user-app' }),
    tooDeep('100,000 levels of objects', plain(nestedObjects(100_000)), { eventType: 'user-app' }),
    tooDeep('a CloudEvent of 20,000 levels', cloud(`"id":"deep","data":${nested(20_000)}`), {
      source: '/shop',
      eventId: 'deep',
    }),
    tooDeep('EventBridge whose layer is the one level too many', eventBridge(plain(nested(DEEPEST)))),
    {
      name: 'as deep as allowed in SNS, whose layer is a text',
      body: sns(plain(nested(DEEPEST))),
      outcome: stored(nested(DEEPEST)),
    },
    {
      name: 'too deep in SNS',
      body: sns(plain(nested(DEEPEST + 1))),
      outcome: rejected('unstorable', 'Message of the SNS notification nests deeper than 512 levels', {
        eventType: 'user-app',
      }),
    },
    {
      name: 'a million brackets without an end',
      body: '['.repeat(1_000_000),
      outcome: rejected('malformed_json', 'the body is not JSON'),
    },
    {
      name: 'a hundred thousand braces without an end',
      body: '{"a":'.repeat(100_000),
      outcome: rejected('malformed_json', 'the body is not JSON'),
    },
    {
      name: 'brackets in a text do not count',
      body: plain(text(10_000, '[{')),
      outcome: stored(text(10_000, '[{')),
    },
    {
      name: 'brackets behind escaped quotes do not count',
      body: plain(`"${'\\"['.repeat(1_000)}"`),
      outcome: stored(`"${'\\"['.repeat(1_000)}"`),
    },
    {
      name: 'an array around events as deep as allowed',
      body: `[${plain(nested(DEEPEST))},${plain('2')}]`,
      outcome: [stored(nested(DEEPEST)), stored('2')],
    },
    {
      name: 'one element too deep, its neighbours stored',
      body: `[${plain('1')},${plain(nested(DEEPEST + 1), '"event_id":"deep-2"')},5,${plain('3.0')}]`,
      outcome: [
        stored('1'),
        rejected('unstorable', 'the event nests deeper than 512 levels', {
          eventId: 'deep-2',
          body: plain(nested(DEEPEST + 1), '"event_id":"deep-2"'),
        }),
        rejected('invalid_envelope', 'got a number', { body: '5' }),
        stored('3.0'),
      ],
    },
    {
      name: 'a text of 1,000,000 characters',
      body: plain(text(1_000_000)),
      outcome: stored(text(1_000_000)),
    },
    {
      name: 'as long as SQS carries',
      body: plain(text(SQS_BYTES - AROUND - 2)),
      outcome: stored(text(SQS_BYTES - AROUND - 2)),
    },
    {
      name: 'one byte longer than SQS carries',
      body: plain(text(SQS_BYTES - AROUND - 1)),
      outcome: refusedBySqs('InvalidParameterValue', 'Message must be shorter than 1048576 bytes'),
    },
    {
      name: 'three bytes a character, 1 MiB in all',
      body: plain(text(349_000, '€')),
      outcome: stored(text(349_000, '€')),
    },
    {
      name: 'escapes of six bytes a character',
      body: plain(`"${'\\u20ac'.repeat(170_000)}"`),
      outcome: stored(text(170_000, '€')),
    },
    { name: 'a megabyte of spaces', body: `${' '.repeat(1_000_000)}${plain('1')}`, outcome: stored('1') },
    {
      name: 'a megabyte of words',
      body: 'Hello World '.repeat(80_000),
      outcome: rejected('malformed_json', "Unexpected token 'H' at position 0"),
    },
    {
      name: 'a megabyte without an end',
      body: plain(text(1_000_000)).slice(0, -2),
      outcome: rejected('malformed_json', 'Unterminated string'),
    },
    {
      name: 'a mistake behind a megabyte',
      body: `${plain(text(900_000))}]`,
      outcome: rejected('malformed_json', 'Unexpected non-whitespace character after JSON'),
    },
    {
      name: '200,000 zeros',
      body: plain(`[${'0,'.repeat(199_999)}0]`),
      outcome: stored(`[${'0, '.repeat(199_999)}0]`),
    },
    {
      name: '20,000 keys',
      body: plain(`{${Array.from({ length: 20_000 }, (_, i) => `"k${10_000 + i}":1`).join(',')}}`),
      outcome: stored(`{${Array.from({ length: 20_000 }, (_, i) => `"k${10_000 + i}": 1`).join(', ')}}`),
    },
    {
      name: 'a key of 500,000 characters',
      body: plain(`{${text(500_000)}:1}`),
      outcome: stored(`{${text(500_000)}: 1}`),
    },
    {
      name: 'an unknown member of 500,000 characters',
      body: plain('1', `${text(500_000)}:1`),
      outcome: rejected('invalid_envelope', `${'x'.repeat(99)}…: not a member of an event`),
    },
    {
      name: '300 unknown members',
      body: plain('1', Array.from({ length: 300 }, (_, i) => `"member${i}":1`).join(',')),
      outcome: rejected('invalid_envelope', 'member0, member1, member2'),
    },
    {
      name: 'an extension attribute of 500,000 characters',
      body: cloud(`"long":${text(500_000)},"data":1`),
      outcome: stored('1', { source: '/shop', attributes: `{"long": ${text(500_000)}}` }),
    },
    {
      name: 'an extension attribute whose name has 10,000 characters',
      body: cloud(`${text(10_000)}:1,"data":1`),
      outcome: stored('1', { source: '/shop', attributes: `{${text(10_000)}: 1}` }),
    },
    {
      name: '1 MiB of Base64',
      body: cloud(`"data_base64":"${'AAAA'.repeat(262_000 - 100)}"`),
      outcome: stored(`"${'AAAA'.repeat(262_000 - 100)}"`, { source: '/shop', payloadEncoding: 'base64' }),
    },
    {
      name: 'a traceparent of 5,000 characters',
      body: plain('1', `"traceparent":${text(5_000)}`),
      outcome: stored('1', { attributes: `{"traceparent": "${'x'.repeat(1023)}…"}` }),
    },
    {
      name: '10,001 events',
      body: `[${'1,'.repeat(10_000)}1]`,
      outcome: rejected(
        'invalid_envelope',
        'the array has 10001 events; at most 10000 are taken from one message',
      ),
    },
    {
      name: '10,001 events in EventBridge',
      body: eventBridge(`[${'1,'.repeat(10_000)}1]`),
      outcome: rejected('invalid_envelope', 'the array has 10001 events'),
    },
    {
      name: '500 events',
      body: `[${Array.from({ length: 500 }, (_, i) => plain(String(i))).join(',')}]`,
      outcome: Array.from({ length: 500 }, (_, i) => stored(String(i))),
    },
    {
      name: '300 elements that are none',
      body: `[${'{},'.repeat(299)}{}]`,
      outcome: Array.from({ length: 300 }, () =>
        rejected('invalid_envelope', 'event_type: expected a text', { body: '{}' }),
      ),
    },
    tooLong('event_type', 255, 'x'.repeat(256)),
    tooLong('client_id', 128, 'x'.repeat(129)),
    tooLong('tenant_id', 128, 'x'.repeat(129)),
    tooLong('event_id', 1024, 'x'.repeat(1025)),
    tooLong('source', 1024, '€'.repeat(1025)),
    tooLong('event_id', 1024, 'x'.repeat(600_000)),
    {
      name: 'names as long as allowed, three bytes a character',
      body: `{"tenant_id":${text(128, '€')},"client_id":${text(128, '€')},"event_type":${text(255, '€')},"source":${text(1024, '€')},"event_id":${text(1024, '€')},"message":1}`,
      outcome: rejected('unknown_tenant', `tenant ${text(128, '€')} is not registered`, {
        tenantId: '€'.repeat(128),
        clientId: '€'.repeat(128),
        eventType: '€'.repeat(255),
        source: '€'.repeat(1024),
        eventId: '€'.repeat(1024),
      }),
    },
    {
      name: 'id and source as long as allowed',
      body: plain('1', `"source":${text(1024, 'ü')},"event_id":${text(1024, 'ö')}`),
      outcome: stored('1', { source: 'ü'.repeat(1024), eventId: 'ö'.repeat(1024) }),
    },
  ],
};

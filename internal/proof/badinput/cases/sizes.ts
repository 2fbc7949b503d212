import {
  type BadInput,
  type Category,
  cloud,
  eventBridge,
  plain,
  refusedBySqs,
  rejected,
  stored,
} from '../case.ts';

/** The limit of SQS, including attributes. */
const SQS_BYTES = 1_048_576;
/** Length of `plain` with an empty payload. */
const AROUND = plain('').length;

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
  title: 'Sizes',
  rule: 'SQS carries 1 MiB. An array may hold 10,000 events; names and ids may be as long as their columns. One event may have 250,000 values and 75,000 members of objects, where its text has more than 262,144 characters. Anything beyond is rejected as a whole, never cut. Only the claims of a rejection are cut.',
  cases: [
    {
      name: 'a text of 1,000,000 characters',
      body: plain(text(1_000_000)),
      outcome: stored(text(1_000_000)),
    },
    {
      name: 'as long as SQS allows',
      body: plain(text(SQS_BYTES - AROUND - 2)),
      outcome: stored(text(SQS_BYTES - AROUND - 2)),
    },
    {
      name: 'one byte longer than SQS allows',
      body: plain(text(SQS_BYTES - AROUND - 1)),
      outcome: refusedBySqs('InvalidParameterValue', 'Message must be shorter than 1048576 bytes'),
    },
    {
      name: '1 MiB of three-byte characters',
      body: plain(text(349_000, '€')),
      outcome: stored(text(349_000, '€')),
    },
    {
      name: 'escapes of six bytes per character',
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
      name: 'an unclosed text of a megabyte',
      body: plain(text(1_000_000)).slice(0, -2),
      outcome: rejected('malformed_json', 'Unterminated string'),
    },
    {
      name: 'a mistake after a megabyte',
      body: `${plain(text(900_000))}]`,
      outcome: rejected('malformed_json', 'Unexpected non-whitespace character after JSON'),
    },
    {
      name: '200,000 zeros',
      body: plain(`[${'0,'.repeat(199_999)}0]`),
      outcome: stored(`[${'0, '.repeat(199_999)}0]`),
    },
    {
      name: '250,001 values, more than are read of one event',
      body: plain(`[${'0,'.repeat(250_000)}0]`),
      outcome: rejected('unstorable', 'the body has more than 250000 values', { clientId: 'client-3' }),
    },
    {
      name: '80,000 members, more than are read of one event',
      body: plain(`[${'{"a":0},'.repeat(80_000)}0]`),
      outcome: rejected('unstorable', 'the body has more than 75000 members', { clientId: 'client-3' }),
    },
    {
      name: '140,000 values beside a good event',
      body: `[${plain('1')},${plain(`[${'0,'.repeat(139_999)}0]`)},${plain('2')}]`,
      outcome: [stored('1'), stored(`[${'0, '.repeat(139_999)}0]`), stored('2')],
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
      outcome: stored('1', { attributes: `{${text(500_000)}: 1}` }),
    },
    {
      name: '300 unknown members',
      body: plain('1', Array.from({ length: 300 }, (_, i) => `"member${i + 100}":1`).join(',')),
      outcome: stored('1', {
        attributes: `{${Array.from({ length: 300 }, (_, i) => `"member${i + 100}": 1`).join(', ')}}`,
      }),
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
      name: '300 elements that are not events',
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
      name: 'names as long as allowed, in three-byte characters',
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

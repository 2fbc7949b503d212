import {
  type BadInput,
  type Category,
  cloud,
  duplicate,
  eventBridge,
  plain,
  rejected,
  sns,
  stored,
} from '../case.ts';

const invalid = (name: string, body: string, detail: string): BadInput => ({
  name,
  body,
  outcome: rejected('invalid_envelope', detail),
});

const notJson = (name: string, message: string, detail: string): BadInput => ({
  name,
  body: sns(message),
  outcome: rejected('malformed_json', `Message of the SNS notification is not JSON: ${detail}`),
});

const wrapped = (layers: number, text: string): string =>
  layers === 0 ? text : sns(wrapped(layers - 1, text));

/** How an event is redelivered, what it came in first and second, and the id that both have. */
const AGAIN: readonly [what: string, first: string, second: string, eventId: string][] = [
  ['from SNS', sns(plain('1'), 'wrapping sns'), sns(plain('1'), 'wrapping sns'), 'wrapping sns'],
  [
    'from an archive of EventBridge',
    eventBridge(plain('1'), 'wrapping bridge'),
    eventBridge(plain('1'), 'wrapping bridge').replace('{', '{"replay-name":"r1",'),
    'wrapping bridge',
  ],
  [
    'from EventBridge through another topic',
    sns(eventBridge(plain('1'), 'wrapping both'), 'wrapping topic 1'),
    sns(eventBridge(plain('1'), 'wrapping both'), 'wrapping topic 2'),
    'wrapping both',
  ],
];

export const WRAPPING: Category = {
  title: 'SNS and EventBridge around an event',
  rule: 'Up to three layers are unwrapped, in any mixture, around one event or an array, but never inside an array. An object that only resembles a wrapper is not unwrapped. An event without an id gets the id of the innermost wrapper that has one, so that another delivery of it is a duplicate.',
  cases: [
    ...AGAIN.map(
      ([what, first, second, eventId]): BadInput => ({
        name: `an event without an id, redelivered ${what}`,
        earlier: first,
        body: second,
        outcome: duplicate('1', { eventId }),
      }),
    ),
    {
      name: 'an array without ids in SNS',
      body: sns(`[${plain('1')},${plain('2')}]`, 'wrapping array'),
      outcome: [stored('1', { eventId: 'wrapping array-0' }), stored('2', { eventId: 'wrapping array-1' })],
    },
    {
      name: 'another event under the id of the same notification',
      earlier: sns(plain('1'), 'wrapping conflict'),
      body: sns(plain('2'), 'wrapping conflict'),
      outcome: rejected('id_conflict', 'already sent an event with id "wrapping conflict"'),
    },
    {
      name: 'an id of SNS that cannot be stored',
      body: sns(plain('1'), '\u0000'),
      outcome: stored('1'),
    },
    { name: 'SNS', body: sns(plain('1')), outcome: stored('1') },
    {
      name: 'SNS around a CloudEvent',
      body: sns(cloud('"data":1')),
      outcome: stored('1', { source: '/shop' }),
    },
    {
      name: 'SNS around an array',
      body: sns(`[${plain('1')},2]`),
      outcome: [stored('1'), rejected('invalid_envelope', 'got a number', { body: '2' })],
    },
    { name: 'SNS around a BOM and an event', body: sns(`\uFEFF${plain('1')}`), outcome: stored('1') },
    {
      name: 'SNS with a text of several lines',
      body: sns(JSON.stringify(JSON.parse(plain('{"a":1}')), null, 2)),
      outcome: stored('{"a": 1}'),
    },
    {
      name: 'SNS around a number that JavaScript cannot hold',
      body: sns(plain('9007199254740993.10')),
      outcome: stored('9007199254740993.10'),
    },
    notJson('SNS around words', 'Hello World', "Unexpected token 'H' at position 0"),
    notJson('SNS with an empty Message', '', 'it is empty'),
    notJson('SNS around half an event', plain('1').slice(0, 30), 'Unterminated string'),
    notJson(
      'SNS around two events',
      `${plain('1')}${plain('2')}`,
      'Unexpected non-whitespace character after JSON',
    ),
    invalid(
      'SNS around a JSON text of an event',
      sns(JSON.stringify(plain('1'))),
      'which is a JSON object, got a text of',
    ),
    invalid('SNS around null', sns('null'), 'which is a JSON object, got null'),
    invalid('SNS around an empty array', sns('[]'), 'the array of events is empty'),
    invalid(
      'SNS around an event without a client',
      sns('{"event_type":"user-app","message":1}'),
      'client_id: expected a text',
    ),
    invalid(
      'SNS with a Message that is an object',
      `{"Type":"Notification","TopicArn":"arn","Message":${plain('1')}}`,
      'event_type: expected a text of 1 to 255 characters, it is missing',
    ),
    invalid(
      'SNS without a TopicArn',
      JSON.stringify({ Type: 'Notification', Message: plain('1') }),
      'event_type: expected a text of 1 to 255 characters, it is missing',
    ),
    invalid(
      'SNS without a Message',
      '{"Type":"Notification","TopicArn":"arn"}',
      'event_type: expected a text of 1 to 255 characters, it is missing',
    ),
    invalid(
      'Type in lower case',
      sns(plain('1')).replace('Notification', 'notification'),
      'event_type: expected a text of 1 to 255 characters, it is missing',
    ),
    invalid(
      'a subscription that must be confirmed',
      sns('You have chosen to subscribe').replace('Notification', 'SubscriptionConfirmation'),
      'event_type: expected a text of 1 to 255 characters, it is missing',
    ),
    { name: 'EventBridge', body: eventBridge(plain('1')), outcome: stored('1') },
    {
      name: 'EventBridge around a CloudEvent',
      body: eventBridge(cloud('"data":1')),
      outcome: stored('1', { source: '/shop' }),
    },
    {
      name: 'EventBridge around an array',
      body: eventBridge(`[${plain('1')},null]`),
      outcome: [stored('1'), rejected('invalid_envelope', 'got null', { body: 'null' })],
    },
    {
      name: 'EventBridge around a number that JavaScript cannot hold',
      body: eventBridge(plain('{"n":9007199254740993,"m":1.50}')),
      outcome: stored('{"m": 1.50, "n": 9007199254740993}'),
    },
    {
      name: 'EventBridge around an array of such numbers',
      body: eventBridge(`[${plain('1.0')},2.0]`),
      outcome: [stored('1.0'), rejected('invalid_envelope', 'got a number', { body: '2.0' })],
    },
    invalid(
      'EventBridge around a text',
      eventBridge(JSON.stringify(plain('1'))),
      'which is a JSON object, got a text of',
    ),
    invalid('EventBridge around null', eventBridge('null'), 'which is a JSON object, got null'),
    invalid('EventBridge around a number', eventBridge('5'), 'which is a JSON object, got a number'),
    invalid('EventBridge around an empty array', eventBridge('[]'), 'the array of events is empty'),
    invalid('EventBridge around an empty object', eventBridge('{}'), 'event_type: expected a text'),
    invalid(
      'EventBridge without detail',
      '{"detail-type":"user","source":"shop"}',
      'event_type: expected a text of 1 to 255 characters, it is missing',
    ),
    invalid(
      'a detail-type that is not a text',
      eventBridge(plain('1')).replace('"user"', '5'),
      'event_type: expected a text of 1 to 255 characters, it is missing',
    ),
    invalid(
      'EventBridge that says it is a CloudEvent',
      eventBridge(plain('1')).replace('{', '{"specversion":"1.0",'),
      'detail-type: expected an attribute name',
    ),
    { name: 'SNS in SNS', body: wrapped(2, plain('1')), outcome: stored('1') },
    { name: 'three layers of SNS', body: wrapped(3, plain('1')), outcome: stored('1') },
    invalid(
      'four layers of SNS',
      wrapped(4, plain('1')),
      'event_type: expected a text of 1 to 255 characters, it is missing',
    ),
    invalid(
      'eight layers of SNS',
      wrapped(8, plain('1')),
      'event_type: expected a text of 1 to 255 characters, it is missing',
    ),
    { name: 'EventBridge in SNS', body: sns(eventBridge(plain('1.0'))), outcome: stored('1.0') },
    { name: 'SNS in EventBridge', body: eventBridge(sns(plain('1.0'))), outcome: stored('1.0') },
    {
      name: 'EventBridge in EventBridge in SNS',
      body: sns(eventBridge(eventBridge(plain('1.0')))),
      outcome: stored('1.0'),
    },
    {
      name: 'an array in EventBridge in SNS',
      body: sns(eventBridge(`[${plain('1')},${plain('2.0')}]`)),
      outcome: [stored('1'), stored('2.0')],
    },
    invalid(
      'four layers, alternating EventBridge and SNS',
      eventBridge(sns(eventBridge(sns(plain('1'))))),
      'event_type: expected a text of 1 to 255 characters, it is missing',
    ),
    {
      name: 'words in SNS in SNS',
      body: wrapped(2, 'Hello'),
      outcome: rejected(
        'malformed_json',
        "Message of the SNS notification is not JSON: Unexpected token 'H' at position 0",
      ),
    },
    {
      name: 'SNS inside an array',
      body: `[${sns(plain('1'))},${plain('2')}]`,
      outcome: [
        rejected('invalid_envelope', 'event_type: expected a text of 1 to 255 characters, it is missing', {
          body: sns(plain('1')),
        }),
        stored('2'),
      ],
    },
    {
      name: 'EventBridge inside an array inside SNS',
      body: sns(`[${eventBridge(plain('1'))},${plain('2')}]`),
      outcome: [
        rejected('invalid_envelope', 'event_type: expected a text', { body: eventBridge(plain('1')) }),
        stored('2'),
      ],
    },
  ],
};

import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mappingOf } from '../mapping/presets.ts';
import { compileMapping, type Mapping, type MappingDefinition } from '../mapping/mapping.ts';
import { decodeAgain, decodeMessage } from './decode-message.ts';
import { BARE, type Decoded } from './decoded.ts';
import { decodeBody, decodeElement } from './envelope.ts';

const plain = (message: string, more = '') =>
  `{"event_type":"user-app","client_id":"client-3","message":${message}${more}}`;
const zeros = (count: number) => `[${'0,'.repeat(count - 1)}0]`;
const deep = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
/** Beside it nothing is read as a whole, and it is within the limits of an event. */
const FILLER = zeros(131_100);
const TOO_MANY = zeros(250_001);
const sns = (held: string) =>
  JSON.stringify({ Type: 'Notification', TopicArn: 'arn', MessageId: 'sns-id', Message: held });
const bridge = (detail: string, more = '') =>
  `{"detail-type":"t","id":"bridge-id","detail":${detail}${more}}`;

function mapping(more: Partial<MappingDefinition>): Mapping {
  const given = more.event === undefined ? { type: '/type', client: 'ware', ...more } : more;
  const compiled = compileMapping(mappingOf('other', given));
  if (Array.isArray(compiled)) throw new Error(compiled.join('; '));
  return compiled;
}

const taking = (...mappings: Mapping[]) => ({ ...BARE, mappings });

/** Of an event its id and payload, of a refusal its words and whose it is. */
function told(decoded: Decoded): unknown[] {
  return decoded.kind === 'event'
    ? [decoded.event.eventId, decoded.event.payload]
    : [decoded.refusal.reason, decoded.refusal.detail, decoded.claims];
}

describe('an array that is not read as a whole', () => {
  test('has the events that it has when it is', () => {
    const value = fc.oneof(
      fc.jsonValue(),
      fc.jsonValue().map((message) => ({ event_type: 'a', client_id: 'c', message })),
      fc.record({ type: fc.constantFrom('order', ''), list: fc.array(fc.nat()) }),
    );
    const around = taking(mapping({ match: { '/type': null } }));
    fc.assert(
      fc.property(fc.array(value), (values) => {
        const texts = values.map((each) => JSON.stringify(each));
        const whole = decodeBody(`[${[...texts, '0'].join(',')}]`, 'sqs-id', around).slice(0, -1);
        const large = decodeBody(`[${[...texts, FILLER].join(' ,\n')}]`, 'sqs-id', around);
        expect(large.at(-1)).toMatchObject({ kind: 'refused', index: texts.length });
        expect(large.slice(0, -1).map(told)).toEqual(whole.map(told));
        expect(large.slice(0, -1).map(({ index, text }) => [index, text()])).toEqual(
          texts.map((text, index) => [index, text]),
        );
      }),
      { numRuns: 30 },
    );
  });

  test('keeps the text of what is refused in it, as it stands there', () => {
    const decoded = decodeBody(bridge(`[${plain('1')}, {"a": 1.0}]`, `,"more":${FILLER}`), 'x');
    expect(decoded[1]?.text()).toBe('{"a": 1.0}');
    expect(decodeBody(bridge(TOO_MANY, `,"more":1`), 'x')[0]?.text()).toHaveLength(
      bridge(TOO_MANY, `,"more":1`).length,
    );
  });

  test.each([
    ['bare', (text: string) => text, 'sqs-id'],
    ['in SNS', sns, 'sns-id'],
    ['in EventBridge', (text: string) => bridge(text), 'bridge-id'],
    ['in EventBridge beside it', (text: string) => bridge(`[${plain('1')}]`, `,"more":${text}`), 'bridge-id'],
    ['in SNS in EventBridge in SNS', (text: string) => sns(bridge(sns(text))), 'sns-id'],
  ])('is found %s', (_, wrap, id) => {
    const [first] = decodeBody(wrap(`[${plain('1')},${FILLER}]`), 'sqs-id');
    expect(first).toMatchObject({ kind: 'event', index: 0, event: { eventId: `${id}-0` } });
  });

  test('is refused whole where a part of it is no JSON, whatever came before', () => {
    const body = `[${plain('1')},${FILLER},{"a":01}]`;
    const refusal = {
      reason: 'malformed_json',
      detail:
        'the body is not JSON: element 2: the event is not JSON: Unexpected number at position 6 (line 1 column 7)',
    };
    const [decoded, ...others] = decodeBody(body, 'sqs-id');
    expect([decoded, others]).toMatchObject([{ kind: 'refused', index: null, refusal }, []]);
    expect(decoded?.text()).toBe(body);
    const attributes = { 'content-encoding': 'gzip' };
    const sent = {
      sqsMessageId: 'm',
      body: gzipSync(body).toString('base64'),
      attributes,
      systemAttributes: {},
    };
    const { events } = decodeMessage(sent, { maxExpandedBytes: 1e6, queue: '', mappings: [] });
    expect(events).toMatchObject([{ refusal }]);
    expect(events[0]?.text()).toBe(sent.body);
  });

  test.each([
    [`[${FILLER}`, 'the body is not JSON: it ends before its brackets are closed'],
    [`[${FILLER}]]`, `the body is not JSON: it goes on at position ${FILLER.length + 2}`],
    [`{"a":${FILLER},b}`, 'the body is not JSON: its member 1 has no name or no value'],
    [`[${plain('1')},${FILLER},]`, 'the body is not JSON: its element 2 is empty'],
    [sns(`[${FILLER}`), 'Message of the SNS notification is not JSON: it ends before'],
    ['['.repeat(1_000_000), 'the body is not JSON: it ends before its brackets are closed'],
  ])('is refused for being none: %#', (body, detail) => {
    expect(decodeBody(body, 'sqs-id')).toMatchObject([
      { refusal: { reason: 'malformed_json', detail: expect.stringContaining(detail) } },
    ]);
  });

  test('of nothing, or of too many, is one refusal', () => {
    expect(decodeBody(bridge('[]', `,"more":${FILLER}`), 'x')).toMatchObject([
      { refusal: { detail: 'the array of events is empty' } },
    ]);
    expect(decodeBody(FILLER, 'x')).toMatchObject([
      { refusal: { detail: 'the array has 131100 events; at most 10000 are taken from one message' } },
    ]);
  });

  test('gives way to a mapping of what is around it, where none of it is an event', () => {
    const around = taking(mapping({ match: { '/detail-type': 't' }, type: '/detail-type', payload: '/id' }));
    expect(decodeBody(bridge(`[1,${FILLER}]`), 'x', around)).toMatchObject([
      { kind: 'event', event: { eventType: 't', payload: '"bridge-id"', eventId: 'x' } },
    ]);
    expect(decodeBody(bridge(`[1,${plain('2')},${FILLER}]`), 'x', around)).toMatchObject([
      { kind: 'refused', index: 0 },
      { kind: 'event', index: 1 },
      { kind: 'refused', index: 2 },
    ]);
  });
});

describe('an event of many values', () => {
  test('is read within the limits', () => {
    expect(decodeBody(plain(FILLER), 'x')).toMatchObject([{ kind: 'event', event: { payload: FILLER } }]);
    expect(decodeBody(`[${plain(FILLER)}]`, 'x')).toMatchObject([{ kind: 'event', index: 0 }]);
  });

  test.each([
    [TOO_MANY, 'the body has more than 250000 values, which is the limit of one event'],
    [
      `[${'{"":0},'.repeat(75_001)}0]`,
      'the body has more than 75000 members, which is the limit of one event',
    ],
    [deep(2_000_000), 'the body nests deeper than 512 levels'],
  ])('is refused beyond them, with whose it is: %#', (message, detail) => {
    const body = plain(message, ',"event_id":"e","source":["a list"]');
    expect(decodeBody(body, 'x')).toMatchObject([
      {
        refusal: { reason: 'unstorable', detail },
        claims: { tenantId: 'default', clientId: 'client-3', eventType: 'user-app', eventId: 'e' },
      },
    ]);
    expect(
      decodeBody(
        `{"specversion":"1.0","id":"e","source":"s","type":"t","clientid":"c","data":${message}}`,
        'x',
      ),
    ).toMatchObject([{ refusal: { reason: 'unstorable' }, claims: { clientId: 'c', source: 's' } }]);
  });

  test.each(['{"event_type":"a","message":', '{"specversion":"1.0","data":', '{"client_id":"c","message":'])(
    'is ours when it says so: %s',
    (head) => {
      const around = taking(mapping({ match: { '/more': null }, type: 'taken' }));
      expect(decodeBody(`${head}${FILLER},"more":1}`, 'x', around)[0]?.kind).toBe('refused');
      expect(decodeBody(`{"event_type":"a","data":${FILLER},"more":1}`, 'x', around)[0]?.kind).toBe('event');
    },
  );

  test('is refused alone, and its neighbours are not', () => {
    expect(
      decodeBody(`[${plain('1')},${plain(TOO_MANY)},${deep(600)},${plain('2')}]`, 'x').map(told),
    ).toEqual([
      ['x-0', '1'],
      [
        'unstorable',
        'the event has more than 250000 values, which is the limit of one event',
        {
          tenantId: 'default',
          clientId: 'client-3',
          eventType: 'user-app',
          source: 'user-app',
          eventId: 'x-1',
        },
      ],
      ['unstorable', 'the event nests deeper than 512 levels', { eventId: 'x-2' }],
      ['x-3', '2'],
    ]);
  });

  test('that is no JSON is found to be none when it is read', () => {
    expect(decodeElement(`{"client_id":"c","message":[${'0,'.repeat(140_000)}01]}`, 'x')).toMatchObject({
      refusal: { reason: 'malformed_json', detail: expect.stringContaining('the event is not JSON: ') },
    });
    const nameless = `{client_id:${FILLER}}`;
    expect(decodeElement(nameless, 'x').text()).toBe(nameless);
    expect(decodeElement(nameless, 'x')).toMatchObject({
      refusal: {
        reason: 'malformed_json',
        detail: 'the body is not JSON: its member 0 has no name or no value',
      },
    });
  });

  test('is the data of a CloudEvent in binary mode, within the limits', () => {
    const attributes = { 'ce-specversion': '1.0', 'ce-type': 't', 'ce-source': 's', 'ce-clientid': 'c' };
    const decode = (body: string) =>
      decodeMessage(
        { sqsMessageId: 'm', body, attributes, systemAttributes: {} },
        { maxExpandedBytes: 1e6, queue: '', mappings: [] },
      ).events;
    expect(decode(FILLER)).toMatchObject([{ kind: 'event', event: { payload: FILLER } }]);
    expect(decode(TOO_MANY)).toMatchObject([
      {
        refusal: {
          reason: 'unstorable',
          detail: 'the data has more than 250000 values, which is the limit of one event',
        },
        claims: { clientId: 'c' },
      },
    ]);
  });
});

test('an error of ours is not taken for a body that is no JSON', () => {
  const broken = {
    get queue(): never {
      throw new TypeError('not foreseen');
    },
  } as unknown as Mapping;
  expect(() => decodeBody('{}', 'x', taking(broken))).toThrow(TypeError);
});

describe('a mapping', () => {
  const EACH = {
    match: { '/kind | /list/0/none': 'k | l', '/list/0/type': null, '/more': null },
    each: '/list',
  };

  test('takes each element of an array that is not read as a whole, and knows a refused one again', () => {
    const large = mapping({ ...EACH, payload: '/value' });
    const body = `{"kind":"k","more":${FILLER},"list":[{"type":"t","value":1.0},{"value":2},{"a":${deep(600)}},${FILLER}]}`;
    const decoded = decodeBody(body, 'x', taking(large));
    expect(decoded.map((each) => [each.kind, each.index])).toEqual([
      ['event', 0],
      ['refused', 1],
      ['refused', 2],
      ['refused', 3],
    ]);
    expect(decoded[0]).toMatchObject({ event: { payload: '1.0', eventId: 'x-0' } });
    expect(decoded.slice(1, 3).map(({ text }) => text())).toEqual([
      '{"list":[{"value":2}],"kind":"k","more":true}',
      `{"list":[{"a":${deep(600)}}],"kind":"k","more":true}`,
    ]);
    const again = mapping({ match: { '/kind': null }, each: '/list', type: 'mended', payload: '/value' });
    for (const { text } of decoded.slice(1, 2))
      expect(
        decodeAgain(
          { body: text(), attributes: {}, systemAttributes: {}, eventId: 'e' },
          { queue: '', mappings: [again] },
        ),
      ).toMatchObject({ kind: 'event', event: { payload: '2' } });
  });

  test('does not keep what is not read beside the element for it', () => {
    const other = mapping({ match: { '/more/none | /more | /kind': 'k' }, each: '/list' });
    const [refused] = decodeBody(`{"kind":"k","more":${FILLER},"list":[{}]}`, 'x', taking(other));
    expect(refused?.text()).toBe('{"list":[{}],"kind":"k"}');
  });

  test.each([
    [`{"kind":"k","list":{"0":{"type":"t"}},"more":${FILLER}}`, 'leads to no array'],
    [`{"kind":"k","list":[],"more":${FILLER}}`, 'leads to an empty array'],
    [`{"kind":"k","list":${FILLER},"more":1}`, 'leads to 131100 events; at most 10000'],
  ])('says what it led to: %#', (body, detail) => {
    const lenient = mapping({ match: { '/kind': 'k' }, each: '/list' });
    expect(decodeBody(body, 'x', taking(lenient))).toMatchObject([
      { refusal: { detail: expect.stringContaining(detail) } },
    ]);
  });

  test('takes what is not read as a whole for one event, within the limits', () => {
    const one = mapping({ match: { '/type': null }, time: '/when' });
    expect(decodeBody(`{"type":"t","when":${FILLER}}`, 'x', taking(one))).toMatchObject([
      { kind: 'event', event: { attributes: expect.stringContaining('"time":"[0,0,0,') } },
    ]);
    expect(decodeBody(`{"type":"t","a":${TOO_MANY}}`, 'x', taking(one)).map(told)).toEqual([
      [
        'unstorable',
        'mapping other: the payload has more than 250000 values, which is the limit of one event',
        { tenantId: 'default', clientId: 'ware', eventType: 't', source: 't', eventId: 'x' },
      ],
    ]);
    const part = mapping({ match: { '/type': null }, payload: '/b' });
    expect(decodeBody(`{"type":"t","a":${deep(100_000)},"b":[1.0]}`, 'x', taking(part))).toMatchObject([
      { kind: 'event', event: { payload: '[1.0]' } },
    ]);
  });

  test.each([
    ['an event', plain('[1.0]')],
    ['a text of one', JSON.stringify(plain('[1.0]'))],
    ['an array', `[${plain('[1.0]')}]`],
    ['an array that is not read as a whole', `[${plain('[1.0]')},${FILLER}]`],
  ])('finds within it %s', (_, inner) => {
    const there = mapping({ match: { '/kind': 'k' }, event: '/in', id: '/id' });
    const [first] = decodeBody(`{"kind":"k","id":"own","in":${inner},"more":${FILLER}}`, 'x', taking(there));
    expect(first).toMatchObject({
      kind: 'event',
      event: { payload: '[1.0]', eventId: expect.stringMatching(/^own/) },
    });
  });

  test('says of events within that are refused where they are', () => {
    const there = mapping({ match: { '/kind': 'k' }, event: '/in' });
    const decoded = decodeBody(`{"kind":"k","in":[${plain('1')},5,${FILLER}]}`, 'x', taking(there));
    expect(decoded[1]).toMatchObject({
      refusal: {
        detail: 'mapping other: event: /in: expected an event, which is a JSON object, got a number',
      },
    });
  });

  test('that makes several events of an element is refused, also where these are not read at once', () => {
    const records = mapping({ match: { '/kind': 'k' }, each: '/list' });
    const element = `{"kind":"k","list":[{"type":"a"},{"type":"b"},${FILLER}]}`;
    expect(decodeBody(`[${element},${plain('1')}]`, 'x', taking(records))).toMatchObject([
      { kind: 'refused', refusal: { detail: expect.stringContaining('is 3 events') } },
      { kind: 'event' },
    ]);
    const there = mapping({ match: { '/kind': 'k' }, event: '/in' });
    expect(decodeElement(`{"kind":"k","in":[${plain('1')},${FILLER}]}`, 'x', taking(there))).toMatchObject({
      refusal: { detail: expect.stringContaining('is 2 events') },
    });
  });
});

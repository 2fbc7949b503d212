import { describe, expect, test } from 'vitest';
import { decodeBody, decodeElement } from '../body/envelope.ts';
import { BARE, type Surroundings } from '../body/decoded.ts';
import { parseJson } from '../json/exact.ts';
import { compileMapping, type Mapping, type MappingDefinition, readMatch } from './mapping.ts';
import { mappingOf } from './presets.ts';
import { type MappingValue, parseValue, takeText, takeValue } from './value.ts';

function compiled(more: Partial<MappingDefinition>, name = 'other'): Mapping {
  const mapping = compileMapping(
    mappingOf(name, more.event === undefined ? { type: 'order', client: 'ware', ...more } : more),
  );
  if (Array.isArray(mapping)) throw new Error(mapping.join('; '));
  return mapping;
}

function around(...mappings: Mapping[]): Surroundings {
  return { ...BARE, queue: 'events', attributes: { 'X-Kind': 'a', Empty: '' }, mappings };
}

function decode(body: unknown, ...mappings: Mapping[]) {
  return decodeBody(typeof body === 'string' ? body : JSON.stringify(body), 'sqs-id', around(...mappings));
}

const sns = (held: unknown, id = 'sns-id') => ({
  Type: 'Notification',
  TopicArn: 'arn',
  MessageId: id,
  Message: typeof held === 'string' ? held : JSON.stringify(held),
});

describe('a value of a mapping', () => {
  const subject = {
    exact: parseJson(
      '{"a":{"b":"text"},"n":1.50,"big":9007199254740993,"yes":true,"null":null,"empty":"","list":[1,{"x":2}]}',
    ).exact,
    attributes: { 'X-GitHub-Event': 'push' },
  };
  const value = (source: string) => parseValue(source) as MappingValue;

  test.each([
    ['/a/b', 'text'],
    ['/n', '1.5'],
    ['/big', '9007199254740993'],
    ['/yes', 'true'],
    ['/null', undefined],
    ['/empty', undefined],
    ['/a', undefined],
    ['/none', undefined],
    ['@x-github-event', 'push'],
    ['@X-Other', undefined],
    ['constant', 'constant'],
    ['a/b', 'a/b'],
    ['{constant}', '{constant}'],
    ['{/a/b}-{/big}', 'text-9007199254740993'],
    ['v{/n}@{@X-GitHub-Event}', 'v1.5@push'],
    ['{/a/b}{/none}', undefined],
    ['{/a/b}{/empty}', undefined],
    ['/none | /a/b', 'text'],
    ['/none|/a/b', undefined],
    ['{/none} | @none | last', 'last'],
    ['/list/1/x', '2'],
    ['#', undefined],
  ])('%s is the text %j', (source, text) => {
    expect(takeText(value(source), subject)).toBe(text);
  });

  test.each([
    ['/a', '{"b":"text"}'],
    ['/n', '1.50'],
    ['/null | /list', '[1,{"x":2}]'],
    ['@X-GitHub-Event', '"push"'],
    ['text of {/yes}', '"text of true"'],
    ['/empty', '""'],
    ['/none', undefined],
  ])('%s is the JSON %s', (source, json) => {
    expect(JSON.stringify(takeValue(value(source), subject))).toBe(json);
  });

  test.each([
    ['', 'it is empty'],
    ['/a | ', 'it is empty'],
    ['/a~', '/a~ is no JSON pointer (RFC 6901)'],
    ['{/a~2}', '/a~2 is no JSON pointer (RFC 6901)'],
    ['@', 'a name is missing behind @'],
  ])('is not %j: %s', (source, problem) => {
    expect(parseValue(source)).toBe(problem);
  });
});

describe('a mapping', () => {
  test.each([
    [{ type: null }, 'type: is missing; every event has one'],
    [{ client: null }, 'client: is missing; every event has one'],
    [
      { match: {} },
      'match: expected a queue, an attribute or a member; without any, it would take whatever comes',
    ],
    [{ each: 'Records' }, 'each: expected a JSON pointer such as /Records'],
    [{ each: '' }, 'each: expected a JSON pointer such as /Records'],
    [{ event: '/~', type: null, client: null }, 'event: expected a JSON pointer such as /Records'],
    [{ event: '/e', type: 't', client: null }, 'type: the event at /e says that itself'],
    [{ event: '/e', each: '/r', type: null, client: null }, 'each and event: expected only one of them'],
    [{ id: '/~' }, 'id: /~ is no JSON pointer (RFC 6901)'],
    [{ match: { '@': null } }, 'match @: a name is missing behind @'],
    [{ match: { '/a': ['x'] } }, 'match /a: expected a text, or null for any'],
  ])('that is %j cannot be used', (wrong, problem) => {
    const definition = { ...mappingOf('m', { match: { '/a': null }, type: 't', client: 'c' }), ...wrong };
    expect(compileMapping(definition as MappingDefinition)).toEqual([problem]);
  });

  test.each([
    [{ match: { '/kind': null } }, true],
    [{ match: { '/none': null } }, false],
    [{ match: { '/kind': 'order' } }, true],
    [{ match: { '/kind': 'other' } }, false],
    [{ match: { '/kind': 'other | order' } }, true],
    [{ match: { '/none | /kind': 'order' } }, true],
    [{ match: { '/number': 5 as unknown as string } }, true],
    [{ match: { '/number': '5' } }, true],
    [{ match: { '/flag': true as unknown as string } }, true],
    [{ match: { '/list': null } }, true],
    [{ match: { '/list': 'x' } }, false],
    [{ match: { '/null': null } }, false],
    [{ match: { '/kind': 'order', '/number': '6' } }, false],
    [{ match: { '@x-kind': 'a' } }, true],
    [{ match: { '@x-kind': 'b' } }, false],
    [{ match: { '@Empty': null } }, true],
    [{ queue: 'events' }, true],
    [{ queue: 'others' }, false],
    [{ queue: 'others', match: { '/kind': null } }, false],
  ])('with %j takes what it matches: %j', (more, taken) => {
    const body = { kind: 'order', number: 5.0, flag: true, list: [], null: null };
    expect(decode(body, compiled(more))[0]?.kind).toBe(taken ? 'event' : 'refused');
  });

  test('makes an event of what it takes', () => {
    const mapping = compiled({
      match: { '/kind': null },
      type: '/kind',
      client: '{/region}-{/store}',
      tenant: '/owner',
      id: '/number',
      source: 'shop',
      time: '/at',
      payload: '/body',
    });
    const body =
      '{"kind":"order","region":"eu","store":7,"owner":"acme","number":820982911946154508,"at":"2026-11-20 10:15Z","body":{"n":1.50}}';
    expect(decode(body, mapping)).toMatchObject([
      {
        index: null,
        event: {
          tenantId: 'acme',
          clientId: 'eu-7',
          eventType: 'order',
          source: 'shop',
          eventId: '820982911946154508',
          payload: '{"n":1.50}',
          payloadEncoding: null,
          contentType: null,
          occurredAt: '2026-11-20T10:15:00Z',
          traceparent: null,
          attributes: '{"mapping":"other"}',
          sqsAttributes: null,
        },
      },
    ]);
  });

  test('takes the time of delivery where there is one, and refuses what is none', () => {
    const delayed = compiled({ match: { '/kind': null }, deliverAfter: '/at | @X-Later' });
    expect(decode('{"kind":1,"at":1796000000}', delayed)).toMatchObject([
      { event: { deliverAfter: '2026-11-30T00:53:20.000Z', attributes: '{"mapping":"other"}' } },
    ]);
    for (const body of ['{"kind":1}', '{"kind":1,"at":null}'])
      expect(decode(body, delayed)).toMatchObject([{ kind: 'event', event: { deliverAfter: null } }]);
    expect(decode('{"kind":1,"at":"soon"}', delayed)).toMatchObject([
      {
        refusal: {
          reason: 'invalid_envelope',
          detail: expect.stringMatching(
            /^mapping other: deliver_after from \/at \| @X-Later: expected an instant .*, got a text of 4 characters$/,
          ),
        },
      },
    ]);
  });

  test('leaves out what costs no event: an id, a source, a time', () => {
    const mapping = compiled({ match: { '/kind': null }, id: '/none', source: '/none', time: '/at' });
    expect(decode(sns({ kind: 'x', at: 'yesterday' }), mapping)).toMatchObject([
      {
        event: {
          tenantId: 'default',
          source: 'order',
          eventId: 'sns-id',
          occurredAt: null,
          attributes: '{"mapping":"other","time":"yesterday"}',
          payload: '{"kind":"x","at":"yesterday"}',
        },
      },
    ]);
    const timed = compiled({ match: { '/kind': null }, time: '/at' });
    expect(decode('{"kind":1.0,"at":1796000000}', timed)).toMatchObject([
      { event: { occurredAt: '2026-11-30T00:53:20.000Z' } },
    ]);
    expect(decode('{"kind":1}', timed)).toMatchObject([
      { event: { occurredAt: null, attributes: '{"mapping":"other"}' } },
    ]);
  });

  test.each([
    [{ type: '/none' }, 'mapping other: type: /none leads to nothing that can be one'],
    [
      { client: '/kind/x | /empty' },
      'mapping other: client: /kind/x | /empty leads to nothing that can be one',
    ],
    [{ tenant: '/none' }, 'mapping other: tenant: /none leads to nothing that can be one'],
    [{ payload: '/none' }, 'mapping other: payload: /none leads to nothing that can be one'],
    [
      { type: '/none', client: '/list' },
      'mapping other: type: /none leads to nothing that can be one; client: /list leads to nothing that can be one',
    ],
    [
      { client: '/long' },
      'mapping other: client from /long: expected a text of 1 to 128 characters, got a text of 2000 characters',
    ],
    [
      { type: '/long' },
      'mapping other: type from /long: expected a text of 1 to 255 characters, got a text of 2000 characters',
    ],
    [
      { source: '/long' },
      'mapping other: source from /long: expected a text of 1 to 1024 characters, got a text of 2000 characters',
    ],
  ])('with %j is told by name, and where it led', (more, detail) => {
    const body = { kind: 'x', empty: '', list: [], long: 'x'.repeat(2_000) };
    const [decoded] = decode(body, compiled({ match: { '/kind': null }, ...more }));
    expect(decoded).toMatchObject({
      refusal: { reason: 'invalid_envelope', detail },
      claims: { eventId: 'sqs-id' },
    });
    expect(decoded?.text()).toBe(JSON.stringify(body));
  });

  test('makes a digest of an id that is too long', () => {
    const mapping = compiled({ match: { '/kind': null }, id: '{/kind}/x' });
    const [decoded] = decode({ kind: 'k'.repeat(1_024) }, mapping);
    expect(decoded).toMatchObject({ event: { eventId: expect.stringMatching(/^sha-256:[0-9a-f]{64}$/) } });
  });

  test('is refused what PostgreSQL cannot store', () => {
    expect(decode({ kind: 'a\u0000' }, compiled({ match: { '/kind': null } }))).toMatchObject([
      {
        refusal: {
          reason: 'unstorable',
          detail: 'the payload holds the character U+0000, which PostgreSQL cannot store',
        },
      },
    ]);
  });
});

describe('mappings', () => {
  const catchAll = compiled({ queue: 'events' }, 'all');

  test.each([
    { event_type: 'a', message: 1 },
    { client_id: 'c' },
    { specversion: '1.0' },
    { event_type: 'a', client_id: 'c', message: 1, tenantId: 'x' },
  ])('take nothing that says itself it is ours, fit or not: %j', (body) => {
    expect(decode(body, catchAll)[0]?.kind).toBe('refused');
    expect(decode([body], catchAll)[0]?.kind).toBe('refused');
    expect(decode(sns(body), catchAll)[0]?.kind).toBe('refused');
  });

  test.each([{}, { event_type: 'a' }, { message: 1 }, 5, '"text"', 'null'])(
    'take anything else: %j',
    (body) => {
      expect(decode(body, catchAll)).toMatchObject([{ event: { attributes: '{"mapping":"all"}' } }]);
    },
  );

  test('leave events as they are', () => {
    const event = { event_type: 'a', client_id: 'c', message: 1 };
    for (const body of [event, [event], sns(event)])
      expect(decode(body, catchAll)).toMatchObject([{ event: { clientId: 'c', attributes: null } }]);
  });

  test('are tried in their order, from the innermost level outwards', () => {
    const inner = compiled({ match: { '/kind': null } }, 'inner');
    const outer = compiled({ match: { '/TopicArn': null } }, 'outer');
    const second = compiled({ match: { '/kind': null } }, 'second');
    const nameOf = (body: unknown, ...mappings: Mapping[]) => {
      const [decoded] = decode(body, ...mappings);
      return decoded?.kind === 'event' ? decoded.event.attributes : null;
    };
    expect(nameOf(sns({ kind: 1 }), outer, inner, second)).toBe('{"mapping":"inner"}');
    expect(nameOf(sns({ kind: 1 }), second, inner)).toBe('{"mapping":"second"}');
    expect(nameOf(sns({ other: 1 }), inner, outer)).toBe('{"mapping":"outer"}');
    expect(nameOf(sns('Hello World'), inner, outer)).toBe('{"mapping":"outer"}');
    expect(nameOf(sns([1, 2]), inner, outer)).toBe('{"mapping":"outer"}');
    expect(nameOf(sns([]), inner, outer)).toBe('{"mapping":"outer"}');
    expect(nameOf(sns('Hello World'), inner)).toBeNull();
  });

  test('take the elements of an array one by one', () => {
    const event = { event_type: 'a', client_id: 'c', message: 1 };
    const decoded = decode([{ kind: 1 }, event, { other: 1 }], compiled({ match: { '/kind': null } }));
    expect(decoded.map(({ kind, index, text }) => [kind, index, text()])).toEqual([
      ['event', 0, '{"kind":1}'],
      ['event', 1, JSON.stringify(event)],
      ['refused', 2, '{"other":1}'],
    ]);
    expect(decoded[0]).toMatchObject({ event: { eventId: 'sqs-id-0' } });
  });

  test('that are missing are told of, where the JSON is nobody’s', () => {
    expect(decode({ Records: [] })).toMatchObject([
      {
        refusal: {
          detail: expect.stringMatching(
            /^neither a CloudEvent nor a plain event, and no mapping takes it \(admin mapping presets\): event_type/,
          ),
        },
      },
    ]);
    expect(decode({ client_id: 'c' })[0]).not.toMatchObject({
      refusal: { detail: expect.stringContaining('mapping') },
    });
  });
});

describe('a mapping for each element of an array', () => {
  const mapping = compiled({
    match: { '/kind': 'orders', '/list/0/n': null, '/note': null },
    each: '/list',
    type: '/t',
    id: '/n',
  });
  const body = {
    kind: 'orders',
    note: 'x'.repeat(100_000),
    other: { large: 'y'.repeat(100_000) },
    list: [{ n: 1, t: 'a' }, { n: 2, t: '' }, { t: 'c' }],
  };

  test('decides each alone, and keeps no more of what is refused than finds it again', () => {
    const decoded = decode(body, mapping);
    expect(decoded).toMatchObject([
      { index: 0, event: { eventType: 'a', eventId: '1', payload: '{"n":1,"t":"a"}' } },
      {
        index: 1,
        refusal: { detail: 'mapping other: type: /t leads to nothing that can be one' },
        claims: { eventId: '2' },
      },
      { index: 2, event: { eventType: 'c', eventId: 'sqs-id-2' } },
    ]);
    expect(decoded[1]?.text()).toBe('{"list":[{"n":2,"t":""}],"kind":"orders","note":true}');
    const mended = compiled({
      match: { '/kind': 'orders', '/list/0/n': null, '/note': null },
      each: '/list',
      type: 'b',
      id: '/n',
    });
    expect(decodeElement(decoded[1]?.text() ?? '', '2', around(mended))).toMatchObject({
      index: null,
      event: { eventType: 'b', eventId: '2', payload: '{"n":2,"t":""}' },
    });
  });

  test('finds an element again by texts of several parts, too', () => {
    const made = compiled({
      match: { '{/kind}-{/number} | @x-kind': 'orders-5 | a' },
      each: '/list',
      type: '/none',
    });
    const [decoded] = decode({ kind: 'orders', number: 5, list: [1] }, made);
    expect(decoded?.text()).toBe('{"list":[1],"kind":"orders","number":5}');
  });

  test('keeps of what it may match by only what it does match by, and that short: each element keeps it', () => {
    const either = compiled({ match: { '/n | /large | /object': '5' }, each: '/list', type: '/none' });
    const text = `{"n":5.${'0'.repeat(1_000)},"large":"${'x'.repeat(1_000)}","object":{"x":1},"list":[1]}`;
    const [decoded] = decode(text, either);
    expect(decoded?.text()).toBe('{"list":[1],"n":"5"}');
    expect(decodeElement(decoded?.text() ?? '', '1', around(either))).toMatchObject({
      refusal: { detail: expect.stringContaining('mapping') },
    });
  });

  test('is refused whole when its elements would keep too much of SQS attributes, or make payloads of them', () => {
    const made = compiled({ match: { '/list': null }, each: '/list', type: 'b', payload: '@X' });
    const text = JSON.stringify({ list: Array.from({ length: 1_000 }, () => 1) });
    const sent = { x: 'x'.repeat(67_109) };
    expect(decodeBody(text, 'sqs-id', { ...around(made), attributes: sent })).toMatchObject([
      { index: null, refusal: { reason: 'unstorable' }, claims: { eventId: 'sqs-id' } },
    ]);
  });

  test.each([
    [{ kind: 'orders', list: 5 }, 'mapping m: each: /list leads to no array'],
    [{ kind: 'orders' }, 'mapping m: each: /list leads to no array'],
    [{ kind: 'orders', list: [] }, 'mapping m: each: /list leads to an empty array'],
    [
      { kind: 'orders', list: Array.from({ length: 10_001 }, () => 1) },
      'mapping m: each: /list leads to 10001 events; at most 10000 are taken from one message',
    ],
  ])('that is none is told', (wrong, detail) => {
    expect(decode(wrong, compiled({ match: { '/kind': null }, each: '/list' }, 'm'))).toMatchObject([
      { index: null, refusal: { reason: 'invalid_envelope', detail } },
    ]);
  });

  test('within an array is one event, or sent for itself', () => {
    const two = { ...body, list: body.list.slice(0, 2) };
    const one = { ...body, list: body.list.slice(0, 1) };
    const decoded = decode([one, two], mapping);
    expect(decoded).toMatchObject([
      { index: 0, event: { eventId: '1' } },
      {
        index: 1,
        refusal: { detail: 'an element of an array is 2 events: they have to come in messages of their own' },
      },
    ]);
    expect(decoded[0]?.text()).toBe(JSON.stringify(one));
  });
});

test('an element of an array without an id of its own got a longer one at each replay, and was stored twice', () => {
  const mapping = compiled({ match: { '/kind': 'orders' }, each: '/list', type: '/t' });
  const around: Surroundings = { ...BARE, mappings: [mapping] };
  const decoded = decodeBody('{"kind":"orders","list":[{"t":"a"},{"t":"b"}]}', 'sqs', around);
  const ids = decoded.map((each) => (each.kind === 'event' ? each.event.eventId : ''));
  expect(ids).toEqual(['sqs-0', 'sqs-1']);
  const again = decoded.map((each, n) => decodeElement(each.text(), ids[n] as string, around));
  expect(again.map((each) => (each.kind === 'event' ? each.event.eventId : ''))).toEqual(ids);
});

test('a part that is no JSON, and that no match looked at, ended the process when a text was kept', () => {
  const mapping = compiled({ match: { '/kind | /meta/kind': 'orders' }, each: '/list', type: '/t' });
  const elements = Array.from({ length: 33_000 }, () => '{"t":"a","n":1}');
  const long = `{"kind":"orders","meta":{"kind":x},"list":[{"n":1},${elements.slice(0, 9_000).join(',')}],"rest":[${elements.join(',')}]}`;
  const [first] = decodeBody(long, 'sqs', { ...BARE, mappings: [mapping] });
  expect(first).toMatchObject({ kind: 'refused', index: 0 });
  expect(JSON.parse(first?.text() ?? '')).toEqual({ kind: 'orders', list: [{ n: 1 }] });
});

describe('a mapping for an event that stands somewhere', () => {
  const mapping = compiled({ match: { '/result': null }, event: '/result', id: '/request' });
  const plain = { event_type: 'a', client_id: 'c', message: 1.5 };
  const cloud = { specversion: '1.0', source: '/s', type: 'a', clientid: 'c', data: 1 };

  test.each([
    ['a plain event', plain, ['r-1']],
    ['a CloudEvent', cloud, ['r-1']],
    ['its text', JSON.stringify(plain), ['r-1']],
    ['an array', [plain, { ...plain, event_id: 'own' }], ['r-1-0', 'own']],
    ['a notification', sns(plain), ['sns-id']],
    ['another of its kind', { result: plain, request: 'r-2' }, ['r-2']],
  ])('takes it as it is: %s', (_, result, ids) => {
    const decoded = decode({ result, request: 'r-1' }, mapping);
    expect(decoded.map((each) => each.kind === 'event' && each.event.eventId)).toEqual(ids);
  });

  test('keeps the text of each element that is refused', () => {
    const decoded = decode('{"result":[5, {"client_id":"c","n":1.50}]}', mapping);
    expect(decoded.map(({ index, text }) => [index, text()])).toEqual([
      [0, '5'],
      [1, '{"client_id":"c","n":1.50}'],
    ]);
  });

  test('keeps its numbers', () => {
    expect(decode('{"result":{"event_type":"a","client_id":"c","message":1.50}}', mapping)).toMatchObject([
      { event: { payload: '1.50', eventId: 'sqs-id' } },
    ]);
  });

  test.each([
    [
      { result: { nothing: 1 } },
      'invalid_envelope',
      'mapping other: event: /result: neither a CloudEvent nor a plain event',
    ],
    [{ result: 'Hello' }, 'malformed_json', 'mapping other: event: /result: the text at /result is not JSON'],
    [{ result: 5 }, 'invalid_envelope', 'mapping other: event: /result: expected an event'],
    [{ result: [] }, 'invalid_envelope', 'mapping other: event: /result: the array of events is empty'],
  ])('tells by name what is none: %j', (body, reason, detail) => {
    expect(decode(body, mapping)).toMatchObject([
      { index: null, refusal: { reason, detail: expect.stringContaining(detail) } },
    ]);
  });

  test('leaves the id to what is around where it has none', () => {
    const without = compiled({ match: { '/result': null }, event: '/result' });
    expect(decode({ result: plain, request: 'r-1' }, without)).toMatchObject([
      { event: { eventId: 'sqs-id' } },
    ]);
  });

  test('tells where it led nowhere', () => {
    const elsewhere = compiled({ match: { '/result': null }, event: '/results/0' });
    expect(decode({ result: 1 }, elsewhere)).toMatchObject([
      { refusal: { detail: 'mapping other: event: /results/0 leads nowhere' } },
    ]);
  });

  test('goes through no more layers than it takes', () => {
    const nested = (layers: number): unknown => (layers === 0 ? plain : { result: nested(layers - 1) });
    expect(decode(nested(3), mapping)[0]?.kind).toBe('event');
    expect(decode(nested(4), mapping)).toMatchObject([
      { refusal: { detail: expect.stringMatching(/more layers than are looked into$/) } },
    ]);
  });
});

test('numbers to match by were rounded: an account took what was sent for another', () => {
  const match = readMatch(
    '{"/acc": 123456789012345678, "/rate": 1.50, "/yes": true, "/any": null, "/text": "1.0"}',
  );
  expect(match).toEqual({
    '/acc': '123456789012345678',
    '/rate': '1.5',
    '/yes': true,
    '/any': null,
    '/text': '1.0',
  });
  const account = compiled({ match: readMatch('{"/acc": 123456789012345678}'), payload: '/acc' });
  expect(decode('{"acc":123456789012345678}', account)).toMatchObject([{ kind: 'event' }]);
  expect(decode('{"acc":123456789012345680}', account)).toMatchObject([{ kind: 'refused' }]);
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeBody, decodeElement } from './body/envelope.ts';
import type { Event, EventClaims } from './event.ts';

const PLAIN = { event_type: 'user-app', client_id: 'client-3', message: 1 };
const CLOUD = { specversion: '1.0', source: '/app', type: 'user-app', clientid: 'client-3', data: 1 };

/** Members of both formats, right ones and wrong ones, and members of neither. */
const NAMES = [
  'event_type client_id message tenant_id event_id source occurred_at deliver_after traceparent',
  'specversion id type time clientid tenantid deliverafter datacontenttype data data_base64',
  'subject Bad-Name __proto__ constructor toString detail-type detail Message',
];
const member = fc.constantFrom(...NAMES.flatMap((names) => names.split(' ')));
const value = fc.oneof(
  fc.constantFrom('1.0', 'AAEC', '2026-01-31T12:00:00Z', 'now', '', '\u0000', '\ud800', 'x'.repeat(2_000)),
  fc.jsonValue({ noUnicodeString: false }),
);
const members = fc.oneof(
  fc.array(fc.tuple(member, value), { maxLength: 4 }),
  fc.array(fc.tuple(member, value), { maxLength: 2 }).map((more) => [...Object.entries(PLAIN), ...more]),
  fc.array(fc.tuple(member, value), { maxLength: 2 }).map((more) => [...Object.entries(CLOUD), ...more]),
);
/** JSON text written by hand, so that `__proto__` and names given twice get into it. */
const eventText = members.map(
  (all) => `{${all.map(([name, it]) => `${JSON.stringify(name)}:${JSON.stringify(it)}`).join(',')}}`,
);
const elementText = fc.oneof(eventText, fc.json({ noUnicodeString: false }));

function textsOf(described: Event | EventClaims): string[] {
  return Object.values(described).filter((it: unknown) => typeof it === 'string');
}

describe('whatever an event holds', () => {
  test('it is an event that PostgreSQL can store, or it is refused with words that it can store', () => {
    fc.assert(
      fc.property(elementText, (text) => {
        const decoded = decodeElement(text, 'id');
        const texts = decoded.kind === 'event' ? textsOf(decoded.event) : textsOf(decoded.claims);
        const detail = decoded.kind === 'event' ? '' : decoded.refusal.detail;
        const unstorable = [...texts, detail].filter((it) => !it.isWellFormed() || it.includes('\u0000'));
        expect(unstorable).toEqual([]);
        expect(detail.length).toBeLessThanOrEqual(1_000);
        JSON.parse(decoded.kind === 'event' ? decoded.event.payload : 'null');
        return decoded.kind === 'refused' || !texts.includes('');
      }),
      { numRuns: 3_000 },
    );
  });

  test('in an array it is decided as it would be alone, and again as the first time', () => {
    fc.assert(
      fc.property(fc.array(elementText, { minLength: 1, maxLength: 5 }), (texts) => {
        const decoded = decodeBody(`[${texts.join(', ')}]`, 'sqs-id');
        expect(decoded.map(({ index }) => index)).toEqual(texts.map((_, index) => index));
        for (const [index, { text: again, index: _, ...decision }] of decoded.entries()) {
          const { text: _alone, ...alone } = decodeElement(texts[index] as string, `sqs-id-${index}`);
          const { text: _replayed, ...replayed } = decodeElement(again(), `sqs-id-${index}`);
          expect({ ...decision, index: null }).toEqual(alone);
          expect({ ...decision, index: null }).toEqual(replayed);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  test('values are not told in the detail of a refusal', () => {
    const secret = 'swordfish';
    const wrong = fc.constantFrom<unknown>(secret, [secret], { [secret]: secret }, `${secret}\u0000`);
    fc.assert(
      fc.property(fc.constantFrom(PLAIN, CLOUD), member, wrong, (base, name, it) => {
        const decoded = decodeElement(JSON.stringify({ ...base, [name]: it }), 'id');
        return decoded.kind === 'event' || !decoded.refusal.detail.includes(secret);
      }),
      { numRuns: 500 },
    );
  });
});

test('the detail of a refusal is cut, however much is wrong', () => {
  const wrong = Object.fromEntries(
    Array.from({ length: 500 }, (_, i) => [`TENANT_${'_'.repeat(i % 50)}ID`, i]),
  );
  const decoded = decodeElement(JSON.stringify(wrong), 'id');
  expect(decoded).toMatchObject({ refusal: { detail: expect.stringMatching(/^neither .{991}…$/) } });
});

test('the text of an element keeps its numbers', () => {
  const element = '{"event_type":"a","client_id":"c","message":[9007199254740993,1.0]}';
  expect(decodeBody(`[${element}]`, 'id').map(({ text }) => text())).toEqual([element]);
});

describe('names that JavaScript gives a meaning', () => {
  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    'are kept like any other: %s',
    (name) => {
      const text = `{"event_type":"a","client_id":"c","message":1,"${name}":{"tenant_id":"other"}}`;
      expect(decodeElement(text, 'id')).toMatchObject({
        event: { tenantId: 'default', attributes: `{"${name}":{"tenant_id":"other"}}` },
      });
    },
  );

  test('bring no members in from a prototype', () => {
    expect(decodeElement('{"__proto__":{"event_type":"a","client_id":"c","message":1}}', 'id')).toMatchObject(
      {
        kind: 'refused',
        refusal: { detail: expect.stringMatching('event_type: .* it is missing') },
        claims: { eventId: 'id' },
      },
    );
  });

  test('may be attributes, where CloudEvents allows them', () => {
    expect(decodeElement(JSON.stringify({ ...CLOUD, constructor: 'x' }), 'id')).toMatchObject({
      event: { attributes: '{"constructor":"x"}' },
    });
  });
});

describe('a CloudEvent', () => {
  const { data: _, ...withoutData } = CLOUD;

  test('may have null for what it does not have', () => {
    const nothing = {
      id: null,
      time: null,
      subject: null,
      datacontenttype: null,
      tenantid: null,
      deliverafter: null,
    };
    expect(decodeElement(JSON.stringify({ ...CLOUD, ...nothing, data_base64: null }), 'id')).toMatchObject({
      event: {
        eventId: 'id',
        tenantId: 'default',
        occurredAt: null,
        deliverAfter: null,
        attributes: null,
        payload: '1',
      },
    });
    expect(decodeElement(JSON.stringify({ ...withoutData, data: null }), 'id')).toMatchObject({
      event: { payload: 'null' },
    });
    expect(decodeElement(JSON.stringify({ ...CLOUD, clientid: null }), 'id')).toMatchObject({
      refusal: { detail: 'clientid: expected a text of 1 to 128 characters, it is missing' },
    });
  });

  test('keeps the numbers of its extensions as they were written', () => {
    const text = JSON.stringify({ ...CLOUD, sequence: 0 }).replace(
      '"sequence":0',
      '"sequence":9007199254740993',
    );
    expect(decodeElement(text, 'id')).toMatchObject({
      event: { attributes: '{"sequence":9007199254740993}' },
    });
  });

  test('of every problem tells each', () => {
    const text = JSON.stringify({ ...CLOUD, source: '', time: 'now', Bad: 1, list: [], data_base64: 'AAEC' });
    expect(decodeElement(text, 'id')).toMatchObject({
      refusal: {
        detail: expect.stringMatching(
          /^source: .*; Bad: .*; list: .*; data and data_base64: expected only one of them$/,
        ),
      },
    });
  });
});

describe('a trace context or a time that cannot be used', () => {
  const any = fc.oneof(fc.string({ unit: 'binary' }), fc.jsonValue({ noUnicodeString: false }));

  test.each([
    [PLAIN, 'occurred_at'],
    [CLOUD, 'time'],
  ])('costs no event, whatever it holds: %j', (base, time) => {
    fc.assert(
      fc.property(any, any, any, (traceparent, tracestate, at) => {
        const decoded = decodeElement(JSON.stringify({ ...base, traceparent, tracestate, [time]: at }), 'id');
        expect(decoded).toMatchObject({ kind: 'event', event: { traceparent: null, occurredAt: null } });
      }),
    );
  });

  test('is kept as it came', () => {
    const odd = { traceparent: 'garbage', tracestate: 'a=b', occurred_at: 'yesterday' };
    expect(decodeElement(JSON.stringify({ ...PLAIN, ...odd }), 'id')).toMatchObject({
      event: { attributes: '{"occurred_at":"yesterday","tracestate":"a=b","traceparent":"garbage"}' },
    });
    expect(decodeElement(JSON.stringify({ ...CLOUD, time: 5, tracestate: '' }), 'id')).toMatchObject({
      event: { attributes: '{"time":5,"tracestate":""}' },
    });
  });
});

describe('a plain event with an id that is a number', () => {
  const withId = (id: string) =>
    decodeElement(`{"event_type":"a","client_id":"c","message":1,"event_id":${id}}`, 'x');

  test.each([
    ['820982911946154508', '820982911946154508'],
    ['8.20982911946154508e17', '820982911946154508'],
    ['5', '5'],
    ['5.0', '5'],
    ['-0', '0'],
    ['-7', '-7'],
  ])('was refused: %s is the id %s', (id, text) => {
    expect(withId(id)).toMatchObject({ event: { eventId: text } });
  });

  test.each(['5.5', '1e400', '1'.repeat(1_025)])('is refused when it has no digits of an id: %s', (id) => {
    expect(withId(id)).toMatchObject({
      refusal: { detail: expect.stringMatching(/^event_id: expected a text of 1 to 1024 characters, got a/) },
    });
  });

  test('has that id in its rejection', () => {
    expect(
      decodeElement('{"event_type":"a","client_id":"","message":1,"event_id":9007199254740993}', 'x'),
    ).toMatchObject({ claims: { eventId: '9007199254740993' } });
  });
});

describe('an event that nests too deep', () => {
  const deep = `{"event_type":"deep","client_id":"c","event_id":"e","message":${'['.repeat(9_000)}${']'.repeat(9_000)}}`;
  const body = `[ ${JSON.stringify(PLAIN)} , ${deep}, {"event_type":"a","client_id":"c","message":1.0} ]`;

  test('is refused alone among others, also wrapped by SNS', () => {
    const sns = JSON.stringify({ Type: 'Notification', TopicArn: 'arn', Message: body });
    for (const decoded of [decodeBody(body, 'sqs-id'), decodeBody(sns, 'sqs-id')]) {
      expect(decoded).toMatchObject([
        { index: 0, kind: 'event', event: { eventId: 'sqs-id-0' } },
        { index: 1, kind: 'refused', refusal: { reason: 'unstorable' } },
        { index: 2, kind: 'event', event: { eventId: 'sqs-id-2', payload: '1.0' } },
      ]);
      expect(decoded[1]?.text()).toBe(deep);
    }
  });

  test('in an array that EventBridge brought took its neighbours with it', () => {
    const wrapped = `{"detail-type":"t","source":"s","detail": ${body} }`;
    expect(decodeBody(wrapped, 'sqs-id').map(({ index, kind, text }) => [index, kind, text()])).toEqual([
      [0, 'event', JSON.stringify(PLAIN)],
      [1, 'refused', deep],
      [2, 'event', '{"event_type":"a","client_id":"c","message":1.0}'],
    ]);
  });

  test('says whose it is', () => {
    expect(decodeBody(deep, 'sqs-id')).toMatchObject([
      {
        index: null,
        refusal: { reason: 'unstorable', detail: 'the body nests deeper than 512 levels' },
        claims: { tenantId: 'default', clientId: 'c', eventType: 'deep', source: 'deep', eventId: 'e' },
      },
    ]);
  });

  test('says whose it is, a CloudEvent too', () => {
    const cloud = JSON.stringify(CLOUD).replace('"data":1', `"data":${'['.repeat(600)}${']'.repeat(600)}`);
    expect(decodeBody(cloud, 'sqs-id')).toMatchObject([
      { claims: { clientId: 'client-3', eventType: 'user-app', source: '/app', eventId: 'sqs-id' } },
    ]);
  });

  test('does not let a body that is no JSON pass for an array', () => {
    expect(decodeBody(body.slice(0, -1), 'sqs-id')).toMatchObject([
      { index: null, refusal: { reason: 'malformed_json' }, claims: {} },
    ]);
  });
});

test('the text of a body that is no array is the body itself', () => {
  for (const body of ['', '[]', '{"a":1}', JSON.stringify(PLAIN), `\uFEFF${JSON.stringify(CLOUD)}`]) {
    expect(decodeBody(body, 'id').map(({ index, text }) => [index, text()])).toEqual([[null, body]]);
  }
});

describe('lengths', () => {
  test.each([
    ['tenant_id', 128],
    ['client_id', 128],
    ['event_type', 255],
    ['source', 1_024],
    ['event_id', 1_024],
  ])('%s has 1 to %i characters', (name, max) => {
    const kindOf = (it: string) => decodeElement(JSON.stringify({ ...PLAIN, [name]: it }), 'id').kind;
    expect([kindOf('x'.repeat(max)), kindOf('x'.repeat(max + 1)), kindOf('')]).toEqual([
      'event',
      'refused',
      'refused',
    ]);
  });

  test.each([
    ['tenantid', 128],
    ['clientid', 128],
    ['type', 255],
    ['source', 1_024],
    ['id', 1_024],
    ['datacontenttype', 255],
  ])('%s has 1 to %i characters', (name, max) => {
    const kindOf = (it: string) => decodeElement(JSON.stringify({ ...CLOUD, [name]: it }), 'id').kind;
    expect([kindOf('x'.repeat(max)), kindOf('x'.repeat(max + 1)), kindOf('')]).toEqual([
      'event',
      'refused',
      'refused',
    ]);
  });

  test('a payload may have 1 MiB and no more', () => {
    const kindOf = (length: number) =>
      decodeElement(JSON.stringify({ ...PLAIN, message: 'x'.repeat(length - 2) }), 'id').kind;
    expect([kindOf(1_048_576), kindOf(1_048_577)]).toEqual(['event', 'refused']);
  });

  test('a payload or attributes whose numbers fill gigabytes when written out are refused, others are not', () => {
    const numbers = (count: number) => `[${Array.from({ length: count }, () => '1e131071').join(',')}]`;
    const plain = (message: string) => `{"event_type":"a","client_id":"c","message":${message}}`;
    expect(decodeElement(plain(numbers(7)), 'id').kind).toBe('event');
    expect(decodeElement(plain(numbers(9)), 'id')).toMatchObject({
      refusal: {
        reason: 'unstorable',
        detail: expect.stringMatching(/^message has 1179721 bytes when its exponents are written out/),
      },
    });
    const many = Array.from({ length: 9 }, (_, i) => `"many${i}":1e131071,`).join('');
    const cloud = JSON.stringify(CLOUD).replace('{', `{${many}`);
    expect(decodeElement(cloud, 'id')).toMatchObject({
      refusal: {
        reason: 'unstorable',
        detail: expect.stringMatching(/^the members without a column have JSON that has/),
      },
    });
  });
});

test('of a hundred thousand problems a few are told, and no more are looked for', () => {
  const wrong = (head: string, name: string) =>
    `{${head},${Array.from({ length: 1_000 }, (_, i) => `"${name}${i % 10}${'abcdefghij'[i % 7]}${i}":1`).join(',')}}`;
  const detailOf = (text: string) => {
    const decoded = decodeElement(text, 'id');
    return decoded.kind === 'refused' ? decoded.refusal.detail.split('; ').length : 0;
  };
  expect(detailOf(wrong('"specversion":"1.0","type":"t","source":"s","clientid":"c"', 'A'))).toBeLessThan(21);
  const names = Array.from({ length: 30 }, (_, i) => `"event_typ${String.fromCharCode(0x100 + i)}":1`).join(
    ',',
  );
  expect(detailOf(`{"client_id":"c","message":1,${names}}`)).toBeLessThan(42);
});

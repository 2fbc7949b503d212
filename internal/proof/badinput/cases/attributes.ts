import {
  type BadInput,
  bytes,
  type Category,
  cloud,
  type MessageAttribute,
  plain,
  refusedBySqs,
  rejected,
  stored,
  text,
} from '../case.ts';

/** A rejected event keeps its SQS attributes. */
const keeps = (
  name: string,
  attributes: Readonly<Record<string, MessageAttribute>>,
  kept: Readonly<Record<string, string>>,
): BadInput => ({
  name,
  body: 'Hello World',
  attributes,
  outcome: rejected('malformed_json', "Unexpected token 'H'", { attributes: kept }),
});

/** A good event is stored whatever attributes it has, and keeps them. */
const carries = (
  name: string,
  attributes: Readonly<Record<string, MessageAttribute>>,
  sqsAttributes: string | null,
): BadInput => ({
  name,
  body: plain('1'),
  attributes,
  outcome: stored('1', { sqsAttributes }),
});

const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

const numbered = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`name-${i}`, text(String(i))]));

/** As PostgreSQL writes it: shorter names first. */
const numberedJson = (count: number) =>
  `{${Array.from({ length: count }, (_, i) => `"name-${i}": "${i}"`).join(', ')}}`;

const of = (members: string, client = 'client-3', type = 'user-app') =>
  plain('1', members).replace('client-3', client).replace('user-app', type);

export const ATTRIBUTES: Category = {
  title: 'SQS attributes, and tenants',
  rule: "An event keeps its SQS attributes, binary ones as Base64. They do not change the event, with three exceptions: `content-encoding`, a trace context for an event without one, and the attributes of a CloudEvent in binary mode, whose data is the body. No attribute is mistaken for one of SQS's own. The tenant must be registered, and the client and the event type in that tenant; another tenant's names are unknown.",
  cases: [
    carries('a text', { colour: text('red') }, '{"colour": "red"}'),
    carries('a number', { n: text('1e400', 'Number') }, '{"n": "1e400"}'),
    carries('bytes', { b: bytes(0, 255, 128) }, '{"b": "AP+A"}'),
    carries('ten attributes', numbered(10), numberedJson(10)),
    carries(
      'custom types',
      { a: text('x', 'String.uuid'), b: text('5', 'Number.float') },
      '{"a": "x", "b": "5"}',
    ),
    carries(
      'another tenant',
      { tenant_id: text('other'), tenantid: text('other') },
      '{"tenantid": "other", "tenant_id": "other"}',
    ),
    carries('a client that is not registered', { client_id: text('nobody') }, '{"client_id": "nobody"}'),
    carries('names that SQS uses itself', { MessageGroupId: text('other') }, null),
    carries('utf-8 as content encoding', { 'content-encoding': text('utf-8') }, null),
    carries('US-ASCII as Content-Encoding', { 'Content-Encoding': text('US-ASCII') }, null),
    { ...carries('eleven attributes', numbered(11), numberedJson(11)), serversDiffer: true },
    { ...carries('an empty text', { a: text('') }, '{"a": ""}'), serversDiffer: true },
    {
      ...carries('an invalid number', { n: text('one', 'Number') }, '{"n": "one"}'),
      serversDiffer: true,
    },
    { ...carries('an invalid type', { n: text('one', 'Text') }, '{"n": "one"}'), serversDiffer: true },
    {
      ...carries('a name reserved by AWS', { 'AWS.name': text('x') }, '{"AWS.name": "x"}'),
      serversDiffer: true,
    },
    {
      ...carries('a name with a space', { 'a name': text('x') }, '{"a name": "x"}'),
      serversDiffer: true,
    },
    {
      ...carries(
        'a name of 257 characters',
        { ['n'.repeat(257)]: text('x') },
        `{"${'n'.repeat(255)}…": "x"}`,
      ),
      serversDiffer: true,
    },
    {
      name: 'a trace context',
      body: plain('1'),
      attributes: { traceparent: text(TRACEPARENT), tracestate: text('a=b') },
      outcome: stored('1', { traceparent: TRACEPARENT, attributes: '{"tracestate": "a=b"}' }),
    },
    {
      name: 'a trace context beside one in the event',
      body: plain('1', `"traceparent":"${TRACEPARENT}"`),
      attributes: { TraceParent: text(TRACEPARENT.replace('00-0a', '00-1a')) },
      outcome: stored('1', {
        traceparent: TRACEPARENT,
        sqsAttributes: `{"TraceParent": "${TRACEPARENT.replace('00-0a', '00-1a')}"}`,
      }),
    },
    carries('an invalid trace context', { traceparent: text('00-x') }, '{"traceparent": "00-x"}'),
    keeps('a text, kept', { colour: text('red') }, { colour: 'red' }),
    keeps(
      'a number, kept as text',
      { n: text('12345678901234567890.10', 'Number') },
      { n: '12345678901234567890.10' },
    ),
    keeps('bytes, kept as Base64', { b: bytes(0, 255, 128) }, { b: 'AP+A' }),
    keeps('bytes that are not UTF-8', { b: bytes(0xc0, 0x80, 0xed, 0xa0, 0x80) }, { b: 'wIDtoIA=' }),
    keeps('a text of several lines', { a: text('one\ntwo\r\nthree') }, { a: 'one\ntwo\r\nthree' }),
    keeps('a text of 200,000 characters', { a: text('x'.repeat(200_000)) }, { a: 'x'.repeat(200_000) }),
    keeps('ten attributes, kept', numbered(10), { 'name-0': '0', 'name-9': '9' }),
    keeps(
      'SQL in a value',
      { a: text("'); drop table rejection; --") },
      { a: "'); drop table rejection; --" },
    ),
    keeps(
      'names that SQS uses itself, kept apart',
      { ApproximateReceiveCount: text('99'), SentTimestamp: text('never') },
      { ApproximateReceiveCount: '99', SentTimestamp: 'never' },
    ),
    keeps(
      'constructor and toString',
      { constructor: text('x'), toString: text('y') },
      { constructor: 'x', toString: 'y' },
    ),
    {
      name: 'attributes that make the message too long for SQS',
      body: plain(`"${'x'.repeat(1_000_000)}"`),
      attributes: { a: text('x'.repeat(100_000)) },
      outcome: refusedBySqs('InvalidParameterValue', 'Message must be shorter than 1048576 bytes'),
    },
    {
      name: 'a tenant that is not registered',
      body: of('"tenant_id":"nobody"'),
      outcome: rejected('unknown_tenant', 'tenant "nobody" is not registered', {
        tenantId: 'nobody',
        clientId: 'client-3',
      }),
    },
    {
      name: 'a tenant in capitals',
      body: of('"tenant_id":"DEFAULT"'),
      outcome: rejected('unknown_tenant', 'tenant "DEFAULT" is not registered'),
    },
    {
      name: 'a client of another tenant',
      body: of('"tenant_id":"other"', 'client-3', 'their-app'),
      outcome: rejected('unknown_client', 'client "client-3" is not registered in tenant "other"', {
        tenantId: 'other',
      }),
    },
    {
      name: 'an event type of another tenant',
      body: of('"tenant_id":"other"', 'theirs'),
      outcome: rejected('unknown_event_type', 'event type "user-app" is not registered in tenant "other"', {
        tenantId: 'other',
      }),
    },
    {
      name: "another tenant's client",
      body: of('', 'theirs'),
      outcome: rejected('unknown_client', 'client "theirs" is not registered in tenant "default"'),
    },
    {
      name: "another tenant's event type",
      body: of('', 'client-3', 'their-app'),
      outcome: rejected('unknown_event_type', 'event type "their-app" is not registered in tenant "default"'),
    },
    {
      name: 'nothing registered',
      body: of('"tenant_id":"a"', 'b', 'c'),
      outcome: rejected('unknown_tenant', 'tenant "a" is not registered', {
        tenantId: 'a',
        clientId: 'b',
        eventType: 'c',
      }),
    },
    {
      name: 'client and event type not registered',
      body: of('', 'b', 'c'),
      outcome: rejected('unknown_client', 'client "b" is not registered in tenant "default"'),
    },
    {
      name: "a CloudEvent of another tenant's client",
      body: cloud('"tenantid":"other","data":1'),
      outcome: rejected('unknown_client', 'client "client-3" is not registered in tenant "other"', {
        source: '/shop',
      }),
    },
    {
      name: 'tenant_id in a CloudEvent',
      body: cloud('"tenant_id":"other","data":1'),
      outcome: rejected(
        'invalid_envelope',
        'tenant_id: expected an attribute name of lower-case letters and digits',
      ),
    },
    {
      name: 'tenantid in a plain event',
      body: of('"tenantid":"other"'),
      outcome: rejected(
        'invalid_envelope',
        'tenantid: not a member of an event; tenant_id was probably meant',
      ),
    },
    {
      name: 'tenant "*"',
      body: of('"tenant_id":"*"'),
      outcome: rejected('unknown_tenant', 'tenant "*" is not registered'),
    },
    {
      name: 'tenant "%"',
      body: of('"tenant_id":"%"'),
      outcome: rejected('unknown_tenant', 'tenant "%" is not registered'),
    },
  ],
};

import { type BadInput, type Category, cloud, duplicate, plain, rejected, stored, text } from '../case.ts';
import { of } from '../mappings.ts';

const EXPECTED =
  'expected an instant such as 2026-01-31T12:00:00Z, or a whole number of seconds or milliseconds since 1970';
const TOO_FAR = 'deliver_after (deliverafter in a CloudEvent) is more than 30 days ahead';

const DAY_SECONDS = 86_400;
/** The cases run soon after this. */
const NOW_SECONDS = Math.floor(Date.now() / 1000);

/** RFC 3339, in UTC. */
function daysAhead(days: number): string {
  return new Date((NOW_SECONDS + days * DAY_SECONDS) * 1000).toISOString();
}

/** An instant without a fraction, as PostgreSQL writes it. */
function written(time: string): string {
  return time.replace('T', ' ').replace(/\.000Z$/, '');
}

const TOMORROW = daysAhead(1);

/** `value` is JSON text. */
const plainWith = (value: string) => plain('1', `"deliver_after":${value}`);
const cloudWith = (value: string) => cloud(`"deliverafter":${value},"data":1`);

const delayed = (name: string, value: string, deliverAfter: string): BadInput => ({
  name,
  body: plainWith(value),
  outcome: stored('1', { deliverAfter }),
});

const refused = (name: string, body: string, detail: string): BadInput => ({
  name,
  body,
  outcome: rejected('invalid_envelope', detail, { clientId: 'client-3', eventType: 'user-app' }),
});

/** JSON texts that are no instant, and what the detail says they are. */
const NO_INSTANTS: readonly [value: string, got: string][] = [
  ['null', 'got null'],
  ['""', 'got an empty text'],
  ['"tomorrow"', 'got a text of 8 characters'],
  ['"2026-01-31"', 'got a text of 10 characters'],
  ['"2026-01-31T12:00:00"', 'got a text of 19 characters'],
  ['"2026-02-30T12:00:00Z"', 'got a text of 20 characters'],
  ['"PT5M"', 'got a text of 4 characters'],
  ['"1796000000"', 'got a text of 10 characters'],
  ['300', 'got a number'],
  ['1796000000.5', 'got a number'],
  ['1e400', 'got a number'],
  ['true', 'got a boolean'],
  ['{}', 'got an object'],
  [`["${TOMORROW}"]`, 'got an array'],
];

const MISSPELT = ['deliverafter', 'deliverAfter', 'deliver-after', 'DELIVER_AFTER', 'delivery_after'];

const binaryMode = (id: string, name: string, value: string) => ({
  'ce-specversion': text('1.0'),
  'ce-id': text(id),
  'ce-source': text('/shop'),
  'ce-type': text('user-app'),
  'ce-clientid': text('client-3'),
  [name]: text(value),
});

export const DELAYS: Category = {
  title: 'Delays',
  rule: '`deliver_after`, in a CloudEvent the extension `deliverafter`, is the time before which an event must not be delivered: any [time](pipeline.md#times), at most 30 days ahead. One that has passed is stored as it is. Unlike a time that only describes, one that cannot be read makes the event a rejection, and so does a misspelt name: the event would be delivered at the wrong time. It is not part of what tells duplicates from conflicts.',
  cases: [
    delayed('tomorrow', `"${TOMORROW}"`, written(TOMORROW)),
    delayed('in 29 days', `"${daysAhead(29)}"`, written(daysAhead(29))),
    delayed('seconds since 1970', String(NOW_SECONDS + 60), written(daysAhead(60 / DAY_SECONDS))),
    delayed(
      'milliseconds since 1970',
      String((NOW_SECONDS + 60) * 1000),
      written(daysAhead(60 / DAY_SECONDS)),
    ),
    delayed('a time that has passed', '"2026-01-31T12:00:00.1234567+01:00"', '2026-01-31 11:00:00.123456'),
    delayed('long ago', '"0001-01-01T00:00:00+05:00"', '0001-12-31 19:00:00 BC'),
    ...NO_INSTANTS.map(([value, got]) =>
      refused(
        `deliver_after ${value.includes(TOMORROW) ? 'in an array' : value}`,
        plainWith(value),
        `deliver_after: ${EXPECTED}, ${got}`,
      ),
    ),
    refused('in 31 days', plainWith(`"${daysAhead(31)}"`), TOO_FAR),
    refused('microseconds since 1970', plainWith(`${NOW_SECONDS}000000`), EXPECTED),
    refused('in the last year', plainWith('"9999-12-31T23:59:59Z"'), TOO_FAR),
    refused('a leap second after which there is no year', plainWith('"9999-12-31T23:59:60Z"'), TOO_FAR),
    ...MISSPELT.map((name) =>
      refused(
        `${name} for deliver_after`,
        plain('1', `"${name}":"${TOMORROW}"`),
        `${name}: not a member of an event; deliver_after was probably meant`,
      ),
    ),
    {
      name: 'a CloudEvent',
      body: cloudWith(`"${TOMORROW}"`),
      outcome: stored('1', { source: '/shop', deliverAfter: written(TOMORROW) }),
    },
    {
      name: 'a CloudEvent, null: as if it were not there',
      body: cloudWith('null'),
      outcome: stored('1', { source: '/shop' }),
    },
    refused('a CloudEvent, no instant', cloudWith('"soon"'), `deliverafter: ${EXPECTED}`),
    refused('a CloudEvent, in 31 days', cloudWith(`"${daysAhead(31)}"`), TOO_FAR),
    refused(
      'a CloudEvent with deliveryafter',
      cloud(`"deliveryafter":"${TOMORROW}","data":1`),
      'deliveryafter: deliverafter was probably meant',
    ),
    refused(
      'a CloudEvent with deliver_after',
      cloud(`"deliver_after":"${TOMORROW}","data":1`),
      'deliver_after: expected an attribute name of lower-case letters and digits',
    ),
    ...['ce-deliverafter', 'ce_deliverAfter', 'cloudEvents:deliverafter'].map(
      (name): BadInput => ({
        name: `a CloudEvent in binary mode, ${name}`,
        body: '1',
        attributes: binaryMode(`delays ${name}`, name, TOMORROW),
        outcome: stored('1', {
          source: '/shop',
          eventId: `delays ${name}`,
          deliverAfter: written(TOMORROW),
        }),
      }),
    ),
    {
      name: 'a CloudEvent in binary mode, no instant',
      body: '1',
      attributes: binaryMode('delays soon', 'ce-deliverafter', 'soon'),
      outcome: rejected('invalid_envelope', `deliverafter: ${EXPECTED}`, { eventId: 'delays soon' }),
    },
    {
      name: 'in an array, where one cannot be read',
      body: `[${plainWith(`"${TOMORROW}"`)},${plainWith('"soon"')},${plain('2')}]`,
      outcome: [
        stored('1', { deliverAfter: written(TOMORROW) }),
        rejected('invalid_envelope', EXPECTED, { body: plainWith('"soon"') }),
        stored('2'),
      ],
    },
    {
      name: 'redelivered with another time: a duplicate',
      earlier: plain('1', '"event_id":"delays again","deliver_after":"2026-01-31T12:00:00Z"'),
      body: plain('1', `"event_id":"delays again","deliver_after":"${TOMORROW}"`),
      outcome: duplicate('1', { eventId: 'delays again', deliverAfter: '2026-01-31 12:00:00' }),
    },
    of(
      'from a mapping',
      `{"kind":"by hand","customer":"client-3","notBefore":${NOW_SECONDS + 60},"number":1,"version":"delay","from":"f","body":1}`,
      stored('1', {
        source: 'f',
        eventId: '1-delay',
        attributes: '{"mapping": "by-hand"}',
        sqsAttributes: '{"of": "others"}',
        deliverAfter: written(daysAhead(60 / DAY_SECONDS)),
      }),
    ),
    of(
      'from a mapping, no instant',
      '{"kind":"by hand","customer":"client-3","notBefore":"soon","number":2,"version":"delay","from":"f","body":1}',
      rejected(
        'invalid_envelope',
        `mapping by-hand: deliver_after from /notBefore: ${EXPECTED}, got a text of 4 characters`,
      ),
    ),
  ],
};

import { type BadInput, type Category, cloud, plain, stored } from '../case.ts';

const kept = (time: string, occurredAt: string): BadInput => ({
  name: time,
  body: plain('1', `"occurred_at":"${time}"`),
  outcome: stored('1', { occurredAt }),
});

/** Times as other languages and services write them. */
const read = (what: string, time: string, occurredAt: string): BadInput => ({
  ...kept(time, occurredAt),
  name: `${what}: ${time}`,
});

const NO_TIMES: readonly [what: string, times: readonly string[]][] = [
  [
    'a day that does not exist',
    [
      '2023-02-29T00:00:00Z',
      '1900-02-29T00:00:00Z',
      '2026-02-30T00:00:00Z',
      '2026-04-31T00:00:00Z',
      '2026-01-32T00:00:00Z',
      '2026-01-00T00:00:00Z',
      '2026-00-01T00:00:00Z',
      '2026-13-01T00:00:00Z',
    ],
  ],
  [
    'a time that does not exist',
    [
      '2026-01-01T24:00:00Z',
      '2026-01-01T25:00:00Z',
      '2026-01-01T12:60:00Z',
      '2026-01-01T12:00:61Z',
      '2026-01-01T12:00:60Z',
      '2026-01-01T23:58:60Z',
      '2026-01-01T23:59:60Z',
      '2026-01-31T12:59:60Z',
      '2016-12-31T23:59:60+01:00',
    ],
  ],
  [
    'a year out of range',
    [
      '0000-01-01T00:00:00Z',
      '10000-01-01T00:00:00Z',
      '+12026-01-01T00:00:00Z',
      '-0001-01-01T00:00:00Z',
      '26-01-01T00:00:00Z',
      '0001-01-01T00:00:00Z BC',
    ],
  ],
  [
    'a missing or invalid offset',
    [
      '2026-01-01T00:00:00',
      '2026-01-01T00:00:00+16:00',
      '2026-01-01T00:00:00+24:00',
      '2026-01-01T00:00:00+05:60',
      '2026-01-01T00:00:00+5:30',
      '2026-01-01T00:00:00 CET',
      '2026-01-01T00:00:00GMT',
      '2026-01-01T00:00:00ZZ',
      '2026-01-01T00:00:00−05:00',
    ],
  ],
  [
    'ISO 8601, but not an instant or in another form',
    [
      '2026-01-01',
      '2026-01-01T12Z',
      '20260101T120000Z',
      '2026-W01-1T00:00:00Z',
      '2026-001T00:00:00Z',
      '2026-01-01T12:00:00.Z',
      '2026-1-1T00:00:00Z',
      'P1D',
    ],
  ],
  [
    'accepted as a time by PostgreSQL',
    [
      'now',
      'today',
      'tomorrow',
      'yesterday',
      'infinity',
      '-infinity',
      'epoch',
      'allballs',
      'January 8, 1999',
      '2026-01-01T00:00:00 America/New_York',
      'J2451187',
    ],
  ],
  [
    'other',
    [
      '',
      ' ',
      '0',
      '1767225600',
      '1/2/2026',
      'Thu Jan 01 2026 00:00:00 GMT+0000',
      ' 2026-01-01T00:00:00Z',
      '2026-01-01T00:00:00Z ',
      '2026-01-01TT00:00:00Z',
      '٢٠٢٦-01-01T00:00:00Z',
      `2026-01-01T00:00:00.${'1'.repeat(31)}Z`,
      '2026-01-01T00:00:00Z\\n',
      'Invalid Date',
      'null',
    ],
  ],
];

const EPOCHS: readonly [epoch: string, occurredAt: string][] = [
  ['1767225600', '2026-01-01 00:00:00'],
  ['1767225600000', '2026-01-01 00:00:00'],
  ['1767225600123', '2026-01-01 00:00:00.123'],
  ['1.7672256e9', '2026-01-01 00:00:00'],
  ['100000000', '1973-03-03 09:46:40'],
  ['99999999999', '5138-11-16 09:46:39'],
  ['100000000000', '1973-03-03 09:46:40'],
  ['100000000000000', '5138-11-16 09:46:40'],
];

export const TIMES: Category = {
  title: 'Times',
  rule: 'Every unambiguous instant is accepted: RFC 3339, also without seconds or colons, with a space, a comma, `UTC` or a zone in brackets, and whole numbers of seconds or milliseconds since 1970. The day must exist, in the years 0001 to 9999. Instants are cut to microseconds. A leap second, accepted only where one is possible, is stored as the second after it. Anything else is kept unchanged in `attributes`: a time never causes a rejection.',
  cases: [
    kept('2026-01-31T12:00:00Z', '2026-01-31 12:00:00'),
    kept('2026-01-31t12:00:00z', '2026-01-31 12:00:00'),
    kept('2026-01-31T12:00:00+00:00', '2026-01-31 12:00:00'),
    kept('2026-01-31T12:00:00-00:00', '2026-01-31 12:00:00'),
    kept('2026-01-31T12:00:00+05:30', '2026-01-31 06:30:00'),
    kept('2026-01-31T12:00:00-12:00', '2026-02-01 00:00:00'),
    kept('2026-01-31T12:00:00+14:00', '2026-01-30 22:00:00'),
    kept('2026-01-31T12:00:00+15:59', '2026-01-30 20:01:00'),
    kept('2026-01-31T12:00:00.5Z', '2026-01-31 12:00:00.5'),
    kept('2026-01-31T12:00:00.123456789Z', '2026-01-31 12:00:00.123456'),
    kept('2026-12-31T23:59:59.9999999Z', '2026-12-31 23:59:59.999999'),
    kept(`2026-01-31T12:00:00.${'1'.repeat(30)}Z`, '2026-01-31 12:00:00.111111'),
    kept('2016-12-31T23:59:60Z', '2017-01-01 00:00:00'),
    kept('2017-01-01T05:29:60+05:30', '2017-01-01 00:00:00'),
    kept('2016-12-31T23:59:60.5Z', '2017-01-01 00:00:00.5'),
    kept('9999-12-31T23:59:60.5Z', '10000-01-01 00:00:00.5'),
    kept('2024-02-29T00:00:00Z', '2024-02-29 00:00:00'),
    kept('2000-02-29T00:00:00Z', '2000-02-29 00:00:00'),
    kept('1970-01-01T00:00:00Z', '1970-01-01 00:00:00'),
    kept('1582-10-10T00:00:00Z', '1582-10-10 00:00:00'),
    kept('0001-01-01T00:00:00Z', '0001-01-01 00:00:00'),
    kept('0001-01-01T00:00:00+05:00', '0001-12-31 19:00:00 BC'),
    kept('9999-12-31T23:59:59Z', '9999-12-31 23:59:59'),
    kept('9999-12-31T23:59:59-15:59', '10000-01-01 15:58:59'),
    read('Java without seconds', '2026-11-20T10:15Z', '2026-11-20 10:15:00'),
    read('Java with a zone', '2026-11-20T10:15:30+01:00[Europe/Paris]', '2026-11-20 09:15:30'),
    read('Python', '2026-11-20 10:15:30.123456+00:00', '2026-11-20 10:15:30.123456'),
    read('Python logging', '2026-11-20 10:15:30,123+0000', '2026-11-20 10:15:30.123'),
    read('an offset without a colon', '2026-11-20T10:15:30+0530', '2026-11-20 04:45:30'),
    read('an offset with hours only', '2026-11-20T10:15:30-05', '2026-11-20 15:15:30'),
    read('.NET', '2026-11-20T10:15:30.1234567Z', '2026-11-20 10:15:30.123456'),
    read('.NET MaxValue', '9999-12-31T23:59:59.9999999Z', '9999-12-31 23:59:59.999999'),
    read('.NET MinValue', '0001-01-01T00:00:00.0000000Z', '0001-01-01 00:00:00'),
    read('Go', '2026-11-20 10:15:30.123456789 +0000 UTC m=+0.000012', '2026-11-20 10:15:30.123456'),
    read('Ruby', '2026-11-20 10:15:30 +0100', '2026-11-20 09:15:30'),
    read('Ruby in UTC', '2026-11-20 10:15:30 UTC', '2026-11-20 10:15:30'),
    read('AWS', '2026-11-08T16:53:06.000+0000', '2026-11-08 16:53:06'),
    ...EPOCHS.map(
      ([epoch, occurredAt]): BadInput => ({
        name: `the number ${epoch}`,
        body: plain('1', `"occurred_at":${epoch}`),
        outcome: stored('1', { occurredAt }),
      }),
    ),
    ...NO_TIMES.flatMap(([what, times]) =>
      times.map(
        (time): BadInput => ({
          name: `${what}: ${time === '' ? 'an empty text' : time}`,
          body: plain('1', `"occurred_at":"${time}"`),
          outcome: stored('1', { attributes: `{"occurred_at": "${time}"}` }),
        }),
      ),
    ),
    ...['null', '99999999', '1767225600.50', '100000000000001', '1e400', 'true', '{}', '[]'].map(
      (value): BadInput => ({
        name: `not a text: ${value}`,
        body: plain('1', `"occurred_at":${value}`),
        outcome: stored('1', {
          attributes: `{"occurred_at": ${value.replace('1e400', `1${'0'.repeat(400)}`)}}`,
        }),
      }),
    ),
    {
      name: 'a number that PostgreSQL cannot hold',
      body: plain('1', '"occurred_at":1e200000'),
      outcome: stored('1', { attributes: '{"occurred_at": "1e200000"}' }),
    },
    {
      name: 'characters that PostgreSQL cannot store',
      body: plain('1', '"occurred_at":"2026-01-31T12:00:00Z\\u0000\\ud800"'),
      outcome: stored('1', { attributes: '{"occurred_at": "2026-01-31T12:00:00Z\uFFFD\uFFFD"}' }),
    },
    {
      name: 'time of a CloudEvent, a leap second',
      body: cloud('"time":"2016-12-31T23:59:60Z","data":1'),
      outcome: stored('1', { source: '/shop', occurredAt: '2017-01-01 00:00:00' }),
    },
    {
      name: 'time of a CloudEvent, a number',
      body: cloud('"time":1700000000,"data":1'),
      outcome: stored('1', { source: '/shop', occurredAt: '2023-11-14 22:13:20' }),
    },
    {
      name: 'time of a CloudEvent, a day that does not exist',
      body: cloud('"time":"2023-02-29T00:00:00Z","data":1'),
      outcome: stored('1', { source: '/shop', attributes: '{"time": "2023-02-29T00:00:00Z"}' }),
    },
  ],
};

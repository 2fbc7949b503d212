import { type BadInput, type Category, cloud, plain, rejected, stored } from '../case.ts';

const kept = (time: string, occurredAt: string): BadInput => ({
  name: time,
  body: plain('1', `"occurred_at":"${time}"`),
  outcome: stored('1', { occurredAt }),
});

const EXPECTED = 'expected an RFC 3339 time such as 2026-01-31T12:00:00Z, got';

const NO_TIMES: readonly [what: string, times: readonly string[]][] = [
  [
    'a day that is none',
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
    'an hour that is none',
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
    'a year that is none',
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
    'an offset that is none',
    [
      '2026-01-01T00:00:00',
      '2026-01-01T00:00:00+16:00',
      '2026-01-01T00:00:00+24:00',
      '2026-01-01T00:00:00+05:60',
      '2026-01-01T00:00:00+0530',
      '2026-01-01T00:00:00+05',
      '2026-01-01T00:00:00+5:30',
      '2026-01-01T00:00:00 CET',
      '2026-01-01T00:00:00GMT',
      '2026-01-01T00:00:00ZZ',
      '2026-01-01T00:00:00−05:00',
    ],
  ],
  [
    'ISO 8601, but not RFC 3339',
    [
      '2026-01-01',
      '2026-01-01T12Z',
      '2026-01-01T12:00Z',
      '20260101T120000Z',
      '2026-W01-1T00:00:00Z',
      '2026-001T00:00:00Z',
      '2026-01-01T12:00:00,5Z',
      '2026-01-01T12:00:00.Z',
      '2026-01-01 12:00:00Z',
      '2026-1-1T00:00:00Z',
      'P1D',
    ],
  ],
  [
    'what PostgreSQL would take for a time',
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

export const TIMES: Category = {
  title: 'Times',
  rule: 'RFC 3339 and nothing else: a `T`, an offset, a day that exists, years 0001 to 9999. Kept to the microsecond, as an instant; a leap second, only taken where one can be, at the end of the last day of a month in UTC, is the second after it.',
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
    kept('2026-01-31T12:00:00.123456789Z', '2026-01-31 12:00:00.123457'),
    kept('2026-12-31T23:59:59.9999999Z', '2027-01-01 00:00:00'),
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
    ...NO_TIMES.flatMap(([what, times]) =>
      times.map(
        (time): BadInput => ({
          name: `${what}: ${time === '' ? 'an empty text' : time}`,
          body: plain('1', `"occurred_at":"${time}"`),
          outcome: rejected(
            'invalid_envelope',
            `occurred_at: ${EXPECTED} ${time === '' ? 'an empty text' : 'a text of'}`,
          ),
        }),
      ),
    ),
    ...['null', '1767225600', '1767225600000', 'true', '{}', '[]'].map(
      (value): BadInput => ({
        name: `not even a text: ${value}`,
        body: plain('1', `"occurred_at":${value}`),
        outcome: rejected('invalid_envelope', `occurred_at: ${EXPECTED} `),
      }),
    ),
    {
      name: 'time of a CloudEvent, a leap second',
      body: cloud('"time":"2016-12-31T23:59:60Z","data":1'),
      outcome: stored('1', { source: '/shop', occurredAt: '2017-01-01 00:00:00' }),
    },
    {
      name: 'time of a CloudEvent, a day that is none',
      body: cloud('"time":"2023-02-29T00:00:00Z","data":1'),
      outcome: rejected('invalid_envelope', `time: ${EXPECTED} a text of 20 characters`),
    },
  ],
};

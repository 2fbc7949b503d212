import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readTime } from './time.ts';

describe('what RFC 3339 allows is an instant', () => {
  test.each([
    '2026-01-31T12:00:00Z',
    '2026-01-31T12:00:00.123456+05:30',
    '2000-02-29T00:00:00Z',
    '0001-01-01T00:00:00Z',
    '0001-01-01T00:00:00-15:59',
    '9999-12-31T23:59:59.999999Z',
  ])('%s, as it is', (text) => {
    expect(readTime(text)).toBe(text);
  });

  test('every moment is one, and no other day of a month', () => {
    const years = { min: new Date(Date.UTC(1, 0, 1)), max: new Date('9999-12-31T23:59:59Z') };
    fc.assert(
      fc.property(fc.date({ ...years, noInvalidDate: true }), (date) => {
        const text = date.toISOString();
        expect(readTime(text)).toBe(text.startsWith('0000') ? null : text);
      }),
    );
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9999 }),
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 28, max: 32 }),
        (year, month, day) => {
          const [y, m, d] = [String(year).padStart(4, '0'), String(month).padStart(2, '0'), String(day)];
          const date = new Date(`${y}-${m}-01T00:00:00Z`);
          date.setUTCDate(day);
          expect(readTime(`${y}-${m}-${d}T00:00:00Z`) !== null).toBe(date.getUTCMonth() === month - 1);
        },
      ),
    );
  });
});

test.each([
  ['Java without seconds', '2026-11-20T10:15Z', '2026-11-20T10:15:00Z'],
  ['Java with a zone', '2026-11-20T10:15:30.5+01:00[Europe/Paris]', '2026-11-20T10:15:30.5+01:00'],
  ['Java in UTC', '2026-11-20T10:15:30Z[UTC]', '2026-11-20T10:15:30Z'],
  ['RFC 9557', '2026-11-20T10:15:30Z[Europe/Paris][u-ca=hebrew]', '2026-11-20T10:15:30Z'],
  ['Python', '2026-11-20 10:15:30.123456+00:00', '2026-11-20T10:15:30.123456+00:00'],
  ['Python logging', '2026-11-20 10:15:30,123+00:00', '2026-11-20T10:15:30.123+00:00'],
  ['strftime %z', '2026-11-20T10:15:30+0530', '2026-11-20T10:15:30+05:30'],
  ['PostgreSQL', '2026-11-20 10:15:30.12+00', '2026-11-20T10:15:30.12+00:00'],
  ['.NET', '2026-11-20T10:15:30.1234567Z', '2026-11-20T10:15:30.123456Z'],
  ['.NET MaxValue', '9999-12-31T23:59:59.9999999Z', '9999-12-31T23:59:59.999999Z'],
  ['.NET u', '2026-11-20 10:15:30Z', '2026-11-20T10:15:30Z'],
  ['Go', '2026-11-20T10:15:30.123456789+01:00', '2026-11-20T10:15:30.123456+01:00'],
  ['Go String', '2026-11-20 10:15:30.5 +0100 CET m=+0.000012', '2026-11-20T10:15:30.5+01:00'],
  ['Ruby', '2026-11-20 10:15:30 +0100', '2026-11-20T10:15:30+01:00'],
  ['Ruby in UTC', '2026-11-20 10:15:30 UTC', '2026-11-20T10:15:30Z'],
  ['AWS', '2026-11-08T16:53:06.000+0000', '2026-11-08T16:53:06.000+00:00'],
  ['GMT', '2026-11-20T10:15:30 GMT', '2026-11-20T10:15:30Z'],
  ['lower case', '2026-11-20t10:15:30z', '2026-11-20T10:15:30Z'],
  ['30 digits', `2026-11-20T10:15:30.${'9'.repeat(30)}Z`, '2026-11-20T10:15:30.999999Z'],
])('of %s it was refused: %s', (_, text, instant) => {
  expect(readTime(text)).toBe(instant);
});

test.each([
  ['2016-12-31T23:59:60.5Z', '2017-01-01T00:00:00.5Z'],
  ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00Z'],
  ['2017-01-01t05:29:60.250+05:30', '2017-01-01T00:00:00.250Z'],
  ['2016-12-31 15:59:60.9999999-0800', '2017-01-01T00:00:00.999999Z'],
  ['2024-03-01T13:59:60+14:00', '2024-03-01T00:00:00Z'],
  ['0001-01-31T23:59:60Z', '0001-02-01T00:00:00Z'],
  ['0001-12-31T23:59:60Z', '0002-01-01T00:00:00Z'],
  ['9999-12-31T23:59:60.5Z', '10000-01-01T00:00:00.5Z'],
])('a leap second with a fraction was refused by PostgreSQL: %s is %s', (time, instant) => {
  expect(readTime(time)).toBe(instant);
});

test.each([
  [100_000_000, '1973-03-03T09:46:40.000Z'],
  [1_796_000_000, '2026-11-30T00:53:20.000Z'],
  [99_999_999_999, '5138-11-16T09:46:39.000Z'],
  [100_000_000_000, '1973-03-03T09:46:40.000Z'],
  [1_796_000_000_123, '2026-11-30T00:53:20.123Z'],
  [100_000_000_000_000, '5138-11-16T09:46:40.000Z'],
])('the number %d is an epoch time', (epoch, instant) => {
  expect(readTime(epoch)).toBe(instant);
});

test.each([
  '2016-12-30T23:59:60Z',
  '2016-12-31T22:59:60Z',
  '2016-12-31T23:59:61Z',
  '2024-02-29T23:59:60+14:00',
  '2026-01-01T00:00:60Z',
  '1900-02-29T00:00:00Z',
  '2026-04-31T00:00:00Z',
  '2026-13-01T00:00:00Z',
  '2026-00-01T00:00:00Z',
  '2026-01-00T00:00:00Z',
  '2026-01-01T24:00:00Z',
  '2026-01-01T00:60:00Z',
  '2026-01-01T00:00:00+16:00',
  '2026-01-01T00:00:00+01:60',
  '2026-01-01T00:00:00+5:30',
  '0000-01-01T00:00:00Z',
  '10000-01-01T00:00:00Z',
  '2026-01-01T00:00:00',
  '2026-01-01T00:00:00[Europe/Paris]',
  '2026-01-01 00:00',
  '2026-01-01',
  '2026-01-01T12Z',
  '2026-01-01T00:00:00GMT',
  '2026-01-01T00:00:00 CET',
  `2026-01-01T00:00:00.${'1'.repeat(31)}Z`,
  '1796000000',
  'now',
  'infinity',
  '',
  99_999_999,
  100_000_000_000_001,
  1_796_000_000.5,
  -1_796_000_000,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  true,
  null,
  undefined,
  {},
  ['2026-01-31T12:00:00Z'],
])('%j is no instant', (value) => {
  expect(readTime(value)).toBeNull();
});

test('a long text is looked at in time that grows with its length alone', () => {
  const began = performance.now();
  for (const text of ['[', ']', '[a]', '0', ' ', '2026-01-31T12:00:00Z[', '2026-01-31T12:00:00+01:00 A'])
    readTime(`2026-01-31T12:00:00Z${text.repeat(300_000)}`);
  expect(performance.now() - began).toBeLessThan(1_000);
});

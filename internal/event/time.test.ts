import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isRfc3339, withoutLeapSecond } from './time.ts';

test.each([
  ['2026-01-31T12:00:00Z', true],
  ['2026-01-31t12:00:00.123456789z', true],
  ['2024-02-29T23:59:60Z', true],
  ['2024-03-01T13:59:60+14:00', true],
  ['2017-01-01T05:29:60+05:30', true],
  ['2016-12-31T15:59:60.5-08:00', true],
  ['0001-12-31T23:59:60Z', true],
  ['2024-02-29T23:59:60+14:00', false],
  ['2016-12-30T23:59:60Z', false],
  ['2016-12-31T22:59:60Z', false],
  ['2016-12-31T23:59:61Z', false],
  ['0001-01-01T00:00:00-15:59', true],
  ['2000-02-29T00:00:00Z', true],
  ['1900-02-29T00:00:00Z', false],
  ['2026-04-31T00:00:00Z', false],
  ['2026-02-29T00:00:00Z', false],
  ['2026-13-01T00:00:00Z', false],
  ['2026-00-01T00:00:00Z', false],
  ['2026-01-00T00:00:00Z', false],
  ['2026-01-01T24:00:00Z', false],
  ['2026-01-01T00:60:00Z', false],
  ['2026-01-01T00:00:60Z', false],
  ['2026-01-01T00:00:00+16:00', false],
  ['2026-01-01T00:00:00+01:60', false],
  ['0000-01-01T00:00:00Z', false],
  ['2026-01-01T00:00:00', false],
  ['2026-01-01', false],
  ['now', false],
  ['infinity', false],
])('%s is an RFC 3339 time: %s', (text, expected) => {
  expect(isRfc3339(text)).toBe(expected);
});

test.each([
  ['2016-12-31T23:59:60.5Z', '2017-01-01T00:00:00.5Z'],
  ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00Z'],
  ['2017-01-01t05:29:60.250+05:30', '2017-01-01T00:00:00.250Z'],
  ['2016-12-31T15:59:60-08:00', '2017-01-01T00:00:00Z'],
  ['0001-01-31T23:59:60Z', '0001-02-01T00:00:00Z'],
  ['9999-12-31T23:59:60.5Z', '10000-01-01T00:00:00.5Z'],
  ['2016-12-31T23:59:59.999+01:00', '2016-12-31T23:59:59.999+01:00'],
])('a leap second with a fraction was refused by PostgreSQL: %s is %s', (time, instant) => {
  expect(withoutLeapSecond(time)).toBe(instant);
});

test('every moment is an RFC 3339 time, and no other day of a month', () => {
  fc.assert(
    fc.property(
      fc.date({
        min: new Date(Date.UTC(1, 0, 1)),
        max: new Date('9999-12-31T23:59:59Z'),
        noInvalidDate: true,
      }),
      (date) => isRfc3339(date.toISOString()) === !date.toISOString().startsWith('0000'),
    ),
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
        expect(isRfc3339(`${y}-${m}-${d}T00:00:00Z`)).toBe(date.getUTCMonth() === month - 1);
      },
    ),
  );
});

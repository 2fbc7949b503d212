import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cloudEvent, isTraceparent } from './formats.ts';
import { isRfc3339 } from './time.ts';

const isBase64 = (data_base64: unknown) =>
  cloudEvent.safeParse({ specversion: '1.0', source: 's', type: 't', clientid: 'c', data_base64 }).success;

describe('Base64', () => {
  test('is what encoders write', () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => isBase64(Buffer.from(bytes).toString('base64'))));
  });

  test.each([
    'A',
    'AA',
    'AAA',
    'AA=A',
    'A===',
    '====',
    'AA AA',
    'AAA-',
    'AAA_',
    'AAAA====',
    'AA==\n',
    'ÄAAA',
  ])('is not %j', (text) => {
    expect(isBase64(text)).toBe(false);
  });

  test('may be longer than any pattern can follow', () => {
    expect(isBase64('A'.repeat(40_000_000))).toBe(true);
  });
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

describe('a traceparent', () => {
  const trace = '0af7651916cd43dd8448eb211c80319c';
  const parent = 'b7ad6b7169203331';

  test.each([`00-${trace}-${parent}-01`, `00-${trace}-${parent}-ff`, `01-${trace}-${parent}-00-more-of-it`])(
    'is %s',
    (text) => {
      expect(isTraceparent(text)).toBe(true);
    },
  );

  test.each([
    '',
    'garbage',
    `00-${trace}-${parent}`,
    `00-${trace.toUpperCase()}-${parent}-01`,
    `00-${trace}-${parent}-01-more`,
    `00-${trace}-${parent}-01-`,
    `ff-${trace}-${parent}-01`,
    `00-${'0'.repeat(32)}-${parent}-01`,
    `00-${trace}-${'0'.repeat(16)}-01`,
    `01-${trace}-${parent}-01-\u0000`,
    `01-${trace}-${parent}-01-\ud800`,
    `01-${trace}-${parent}-01-${'x'.repeat(512)}`,
    `00-${trace}-${parent}-01\n`,
  ])('is not %j', (text) => {
    expect(isTraceparent(text)).toBe(false);
  });
});

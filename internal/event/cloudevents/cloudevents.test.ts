import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cloudEvent } from './cloudevents.ts';

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

import { describe, expect, it } from 'vitest';
import { parseDelay, parseShare, parseStatuses } from './parse.ts';

describe('parseStatuses', () => {
  it('gives statuses without a share an equal part of the rest', () => {
    expect(parseStatuses('204')).toEqual([{ status: 204, share: 1 }]);
    expect(parseStatuses('200, 500:0.1,429:.02')).toEqual([
      { status: 200, share: expect.closeTo(0.88) },
      { status: 500, share: 0.1 },
      { status: 429, share: 0.02 },
    ]);
    expect(parseStatuses('200,201,500:0.5').map(({ share }) => share)).toEqual([0.25, 0.25, 0.5]);
    expect(parseStatuses('500:1')).toEqual([{ status: 500, share: 1 }]);
  });

  it.each([
    '',
    '20',
    '600',
    '100',
    '200:',
    '200:2',
    '200:x',
    '200;500',
    '200:0.6,500:0.6',
    '200:0.5,500:0.1',
  ])('refuses "%s"', (text) => {
    expect(() => parseStatuses(text)).toThrow('Expected');
  });
});

it('parses delays and ranges of them', () => {
  expect(parseDelay('20')).toEqual({ from: 20, to: 20 });
  expect(parseDelay('5-50')).toEqual({ from: 5, to: 50 });
  for (const text of ['', '-5', '50-5', '5-', 'x', '9999999'])
    expect(() => parseDelay(text)).toThrow('Expected');
});

it('parses shares from 0 to 1', () => {
  expect(['0', '1', '0.25', '.5', '1.0'].map(parseShare)).toEqual([0, 1, 0.25, 0.5, 1]);
  for (const text of ['', '-0.1', '1.1', 'x', '10%']) expect(() => parseShare(text)).toThrow('Expected');
});

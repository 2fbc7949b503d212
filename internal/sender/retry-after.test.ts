import { expect, test } from 'vitest';
import { retryAfterSeconds } from './retry-after.ts';

const NOW = Date.parse('1994-11-06T08:49:37Z');

test.each([
  ['7', 7],
  [' 7 ', 7],
  ['0', 1],
  ['3600', 3_600],
  ['3601', 3_600],
  ['99999999', 3_600],
  ['9'.repeat(400), 3_600],
  ['Sun, 06 Nov 1994 08:50:37 GMT', 60],
  ['Sunday, 06-Nov-94 08:50:37 GMT', 60],
  ['Sun Nov  6 08:50:37 1994', 60],
  ['Tue, 08 Nov 1994 08:49:37 GMT', 3_600],
  ['Sun, 06 Nov 1994 08:49:36 GMT', 1],
  ['Thu, 01 Jan 1970 00:00:00 GMT', 1],
  ['Sun, 99 Nov 1994 99:99:99 GMT', undefined],
  ['-1', undefined],
  ['1.5', undefined],
  ['1e3', undefined],
  ['0x10', undefined],
  ['soon', undefined],
  ['5, 7', undefined],
  ['1994-11-06T08:50:37Z', undefined],
  ['November', undefined],
  ['', undefined],
  [undefined, undefined],
])('Retry-After %j is a pause of %j s', (header, seconds) => {
  expect(retryAfterSeconds(header, NOW)).toBe(seconds);
});

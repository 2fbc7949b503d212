import { describe, expect, test } from 'vitest';
import { isTraceparent } from './trace.ts';

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

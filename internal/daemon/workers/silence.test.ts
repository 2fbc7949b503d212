import { expect, test } from 'vitest';
import { Silence } from './silence.ts';

test('a worker counts as hanging after so many looks without a word in a row, and not before', () => {
  const silence = new Silence(3);
  let heard = false;
  const quiet = { takeHeard: () => false };
  const slow = { takeHeard: () => heard };
  const look = () => silence.look([quiet, slow]);
  expect(look()).toEqual([]);
  expect(look()).toEqual([]);
  heard = true;
  expect(look()).toEqual([quiet]);
  heard = false;
  expect(look()).toEqual([quiet]);
  expect(look()).toEqual([quiet]);
  expect(look()).toEqual([quiet, slow]);
});

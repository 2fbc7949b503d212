import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fromPunycode, toPunycode } from './punycode.ts';

/** RFC 3492, 7.1. */
test.each([
  ['ليهمابتكلموشعربي؟', 'egbpdaj6bu4bxfgehfvwxn'],
  ['他们为什么不说中文', 'ihqwcrb4cv8a8dqg056pqjye'],
  ['bücher', 'bcher-kva'],
  ['-> $1.00 <-', '-> $1.00 <--'],
  ['', ''],
])('%s is %s', (text, encoded) => {
  expect(toPunycode(text)).toBe(encoded);
  expect(fromPunycode(encoded)).toBe(text);
});

test.each([['!'], ['99999999'], ['99999a'], ['ab-ü']])('%s stands for nothing', (encoded) => {
  expect(fromPunycode(encoded)).toBeNull();
});

test('whatever is encoded comes back', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 20 }), (text) => {
      expect(fromPunycode(toPunycode(text))).toBe(text);
    }),
  );
});

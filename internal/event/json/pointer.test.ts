import { describe, expect, test } from 'vitest';
import { parsePointer, putAt, valueAt } from './pointer.ts';

/** RFC 6901, 5. */
const DOCUMENT = {
  foo: ['bar', 'baz'],
  '': 0,
  'a/b': 1,
  'c%d': 2,
  'e^f': 3,
  'g|h': 4,
  'i\\j': 5,
  'k"l': 6,
  ' ': 7,
  'm~n': 8,
};

test.each([
  ['', DOCUMENT],
  ['/foo', ['bar', 'baz']],
  ['/foo/0', 'bar'],
  ['/', 0],
  ['/a~1b', 1],
  ['/c%d', 2],
  ['/e^f', 3],
  ['/g|h', 4],
  ['/i\\j', 5],
  ['/k"l', 6],
  ['/ ', 7],
  ['/m~0n', 8],
  ['/foo/2', undefined],
  ['/foo/-', undefined],
  ['/foo/00', undefined],
  ['/foo/length', undefined],
  ['/foo/0/0', undefined],
  ['/toString', undefined],
  ['/m~0n/x', undefined],
  ['/none/of/it', undefined],
])('%j leads to %j', (pointer, value) => {
  expect(valueAt(DOCUMENT, parsePointer(pointer) ?? [])).toEqual(value);
});

test.each(['foo', '/a~b', '/a~2', '~0'])('%j is no pointer', (text) => {
  expect(parsePointer(text)).toBeNull();
});

describe('putting', () => {
  test('makes objects on the way, and changes nothing that is there', () => {
    const root = JSON.parse('{"a":{"b":1},"n":null,"t":"text"}') as object;
    putAt(root, ['a', 'b'], 2);
    putAt(root, ['a', 'c', 'd'], 3);
    putAt(root, ['t', 'x'], 4);
    putAt(root, ['n'], 5);
    putAt(root, ['__proto__x', '__proto__'], 6);
    expect(JSON.stringify(root)).toBe(
      '{"a":{"b":1,"c":{"d":3}},"n":5,"t":"text","__proto__x":{"__proto__":6}}',
    );
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_MEMBERS, MAX_VALUES } from './scan.ts';
import { MalformedError, type Part, Unread, unreadIn } from './unread.ts';

const exactOf = (part: Part | undefined) => (part instanceof Unread ? part : part?.exact);
const valueOf = (part: Part | undefined) => (part instanceof Unread ? part : part?.value);
const deep = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);

describe('what is not read as a whole', () => {
  test('has the parts that JSON.parse finds', () => {
    const container = fc.oneof(
      fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()),
      fc.array(fc.jsonValue()),
    );
    fc.assert(
      fc.property(container, fc.nat({ max: 2 }), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        const unread = new Unread(` ${text}\n`);
        const known = JSON.parse(text) as Record<string, unknown>;
        const names = Object.keys(known);
        expect(unread.length).toBe(names.length);
        expect(names.map((name) => valueOf(unread.part(name)))).toEqual(Object.values(known));
        expect(names.map((name) => unread.has(name))).toEqual(names.map(() => !Array.isArray(value)));
        expect(unread.whole()).toMatchObject({ value: known });
      }),
    );
  });

  test('has of two members with one name the last, and names as they are meant', () => {
    const unread = new Unread('{"a":1,"\\u0061" : {"b":[1.0]} ,"__proto__":2}');
    expect(JSON.stringify(exactOf(unread.part('a')))).toBe('{"b":[1.0]}');
    expect(exactOf(unread.part('__proto__'))).toBe(2);
    expect([unread.has('b'), unread.part('b')]).toEqual([false, undefined]);
    expect(unread.pick(['a', 'b', '__proto__'])).toMatchObject({ a: null });
  });

  test('has no element beyond its last, and reads none before it is asked for', () => {
    const unread = new Unread(`[1,"x",${deep(600)},nonsense]`);
    expect(['0', '1', '4', '01', '-1', 'length', '10000'].map((step) => exactOf(unread.part(step)))).toEqual([
      1,
      'x',
      ...Array.from({ length: 5 }, () => undefined),
    ]);
    expect(unread.part('2')).toBe(unread.part('2'));
    expect(unread.exactElement(1)).toBe('x');
    expect(unread.exactElement(2)).toBeInstanceOf(Unread);
    expect(() => unread.part('3')).toThrow(
      new MalformedError("element 3: Unexpected token 'o' at position 1 (line 1 column 2)"),
    );
    expect(unread.pick(['0'])).toEqual({});
  });

  test('may hold a long text, which takes no time, and what is long is not read with it', () => {
    const long = 'x'.repeat(300_000);
    const unread = new Unread(`{"a":"${long}","b":["${long}"]}`);
    expect(exactOf(unread.part('a'))).toBe(long);
    expect(unread.part('b')).toBeInstanceOf(Unread);
  });

  test.each([
    ['[1,2', 'it ends before its brackets are closed'],
    ['[1,2] x', 'it goes on at position 6, behind its last bracket'],
    ['{"a":1,}', 'its member 1 has no name or no value'],
    ['{"a":1,"b"}', 'its member 1 has no name or no value'],
    ['{"a":1,b:1}', 'its member 1 has no name or no value'],
    ['{"\\x":1}', 'the name of its member 0: Bad escaped character at position 2 (line 1 column 3)'],
    ['{"a":01}', '"a": Unexpected number at position 1 (line 1 column 2)'],
  ])('%s is no JSON', (text, problem) => {
    const unread = new Unread(text);
    expect(() => [unread.length, unread.part('a')]).toThrow(new MalformedError(problem));
  });

  test('is no JSON where an element is missing, or all of it together is none', () => {
    expect(() => new Unread('[1,,2]').elementText(1)).toThrow(new MalformedError('its element 1 is empty'));
    expect(() => new Unread('[1,,2]').whole()).toThrow(MalformedError);
  });

  test.each([
    [`[${deep(512)}]`, 'nests deeper than 512 levels'],
    [`[${'0,'.repeat(MAX_VALUES)}0]`, 'has more than 250000 values, which is the limit of one event'],
    [
      `[${'{"":0},'.repeat(MAX_MEMBERS + 1)}0]`,
      'has more than 75000 members, which is the limit of one event',
    ],
  ])('is refused as a whole beyond the limits: %#', (text, problem) => {
    expect(new Unread(text).whole()).toBe(problem);
  });
});

test('what is short, or long and of few values, is read at once', () => {
  expect(unreadIn(`[${'0,'.repeat(131_000)}0]`)).toBeUndefined();
  expect(unreadIn(`[${'0,'.repeat(131_071)}0]`)).toBeInstanceOf(Unread);
  expect(unreadIn(`["${',['.repeat(500_000)}"]`)).toBeUndefined();
  expect(unreadIn(deep(512))).toBeUndefined();
  expect(unreadIn(deep(513))).toBeInstanceOf(Unread);
  expect(unreadIn(deep(200_000))).toBeInstanceOf(Unread);
  expect(unreadIn(`x${deep(513)}`)).toBeUndefined();
  expect(unreadIn(`x${deep(200_000)}`)).toBeUndefined();
});

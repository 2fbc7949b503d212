import { expect, test } from 'vitest';
import { Framer, type Frame, Statements } from './frames.ts';

function frame(type: string, ...strings: string[]): Buffer {
  const body = Buffer.concat(strings.map((text) => Buffer.from(`${text}\0`)));
  const length = Buffer.alloc(4);
  length.writeInt32BE(4 + body.length);
  return Buffer.concat([Buffer.from(type), length, body]);
}

function typesOf(frames: readonly Frame[]): string[] {
  return frames.map(({ type }) => type);
}

test('splits a stream into messages, whatever the chunks', () => {
  const bytes = Buffer.concat([frame('', 'user', 'postgres'), frame('Q', 'select 1'), frame('S')]);
  for (let at = 0; at <= bytes.length; at += 1) {
    const framer = new Framer(false);
    const frames = [...framer.push(bytes.subarray(0, at)), ...framer.push(bytes.subarray(at))];
    expect(typesOf(frames)).toEqual(['', 'Q', 'S']);
    expect(Buffer.concat(frames.map((each) => each.bytes))).toEqual(bytes);
  }
});

test('the first message of a server has a type already', () => {
  expect(typesOf(new Framer(true).push(Buffer.concat([frame('R'), frame('Z')])))).toEqual(['R', 'Z']);
});

test('finds the SQL of a statement, even when only its name is bound', () => {
  const statements = new Statements();
  const textOf = (bytes: Buffer) => statements.textOf({ type: bytes.toString('latin1', 0, 1), bytes });
  expect(textOf(frame('Q', 'select 1'))).toBe('select 1');
  expect(textOf(frame('P', 'named', 'select 2', ''))).toBe('select 2');
  expect(textOf(frame('P', '', 'select 3', ''))).toBe('select 3');
  expect(textOf(frame('B', 'portal', 'named'))).toBe('select 2');
  expect(textOf(frame('B', '', ''))).toBe('select 3');
  expect(textOf(frame('S'))).toBeUndefined();
});

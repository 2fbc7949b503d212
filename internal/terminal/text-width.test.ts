import { expect, test } from 'vitest';
import { cut, displayWidth, wrappedLines } from './text-width.ts';

const widest = (text: string) => Math.max(...text.split('\n').map(displayWidth));

test('continues a line two columns further than it begins', () => {
  expect(wrappedLines('  - one two three four five', 16)).toBe('  - one two\n    three four\n    five');
});

test('continues what follows a label under it', () => {
  expect(wrappedLines('detail     one two three four five', 24)).toBe(
    'detail     one two three\n           four five',
  );
});

test('does not count colours', () => {
  const green = '\u001B[32mok     \u001B[39m  one two three';
  expect(wrappedLines(green, 22)).toBe(green);
  expect(wrappedLines(`${green} four`, 22)).toBe(`${green}\n         four`);
});

test('breaks a name that is longer than the line', () => {
  const text = wrappedLines(`client ${'x'.repeat(128)} of tenant ${'王'.repeat(64)}: registered`, 80);
  expect(widest(text)).toBeLessThanOrEqual(80);
  expect(text.replaceAll(/[^x]/g, '')).toBe('x'.repeat(128));
});

test('leaves an address whole, and everything where there is no width to keep to', () => {
  const address = `AWS_ENDPOINT_URL=http://127.0.0.1:14566/${'q'.repeat(80)}`;
  expect(wrappedLines(address, 40)).toBe(address);
  expect(wrappedLines('x '.repeat(100), undefined)).toBe('x '.repeat(100));
});

test('cuts what is too wide, and shows that it did', () => {
  expect(cut('short', 5)).toBe('short');
  expect(cut('longer', 5)).toBe('long…');
  expect(displayWidth(cut('王小明王小明', 6))).toBeLessThanOrEqual(6);
});

import { expect, test } from 'vitest';
import { markdownOnTerminal } from './markdown.ts';
import { displayWidth } from './text-width.ts';

const widest = (text: string) => Math.max(...text.split('\n').map(displayWidth));
const RULE = (columns: number) => `|${'---|'.repeat(columns)}`;

test('is left as it is for files and pipes', () => {
  expect(markdownOnTerminal('| a |\n|---|\n| 1 |\n', undefined)).toBe('| a |\n|---|\n| 1 |\n');
});

test('lays tables out, numbers at the right, and keeps words whole where they fit', () => {
  const text = markdownOnTerminal(
    '# x\n\n| what | n |\n|---|--:|\n| a measured thing | 7 |\n| b | 100 |\n\nend',
    20,
  );
  expect(text).toBe(
    [
      '# x',
      '',
      '┌────────────┬─────┐',
      '│ what       │   n │',
      '├────────────┼─────┤',
      '│ a measured │   7 │',
      '│ thing      │     │',
      '│ b          │ 100 │',
      '└────────────┴─────┘',
      '',
      'end',
    ].join('\n'),
  );
});

test('of a table with too many columns, each row is told in words', () => {
  const head = ['fault', ...Array.from({ length: 9 }, (_, i) => `measurement-${i}`)];
  const row = (name: string) =>
    `| ${[name, ...Array.from({ length: 8 }, (_, i) => i * 1000), ''].join(' | ')} |`;
  const text = markdownOnTerminal(`| ${head.join(' | ')} |\n${RULE(10)}\n${row('a')}\n${row('b')}`, 80);
  expect(widest(text)).toBeLessThanOrEqual(80);
  expect(text.split('\n')[0]).toBe('a');
  expect(text).toContain('measurement-2: 2000; ');
  expect(text).not.toContain('measurement-8');
});

test('wraps what is between the tables', () => {
  expect(widest(markdownOnTerminal('some words '.repeat(30), 40))).toBeLessThanOrEqual(40);
});

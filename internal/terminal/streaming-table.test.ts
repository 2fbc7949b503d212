import { expect, test } from 'vitest';
import { type Column, StreamingTable } from './streaming-table.ts';

interface Row {
  readonly id: string;
  readonly detail: string;
  readonly more?: string;
}

const COLUMNS: readonly Column<Row>[] = [
  { title: 'id', value: ({ id }) => id },
  { title: 'detail', value: ({ detail }) => detail, wraps: true },
  { title: 'more', value: ({ more }) => more, leftOut: 1 },
];

const printed = (width: number | undefined, ...pages: readonly (readonly Row[])[]) => {
  const table = new StreamingTable(COLUMNS, width);
  return pages.map((rows) => table.page(rows)).join('') + table.end();
};

test('elsewhere than on a terminal a row is a line, and nothing is cut', () => {
  const detail = 'as long as it may be, '.repeat(10);
  expect(printed(undefined, [{ id: '1', detail, more: 'x' }]).split('\n')[3]).toBe(
    `│ 1  │ ${detail} │ x    │`,
  );
});

test('fits the terminal: what describes is wrapped, ids stay whole', () => {
  const text = printed(40, [
    { id: '0123456789', detail: 'client "late" is not registered in tenant "default"', more: 'y' },
  ]);
  expect(text).toBe(
    [
      '┌────────────┬──────────────────┬──────┐',
      '│ id         │ detail           │ more │',
      '├────────────┼──────────────────┼──────┤',
      '│ 0123456789 │ client "late" is │ y    │',
      '│            │ not registered   │      │',
      '│            │ in tenant        │      │',
      '│            │ "default"        │      │',
      '└────────────┴──────────────────┴──────┘',
      '',
    ].join('\n'),
  );
});

test('leaves columns out where the terminal is too narrow for all', () => {
  const lines = printed(30, [{ id: '0123456789', detail: 'some words', more: 'y'.repeat(20) }]).split('\n');
  expect(lines[1]).toBe('│ id         │ detail     │');
});

test('keeps the widths of the first page; an id that is longer sticks out, whole', () => {
  const lines = printed(40, [{ id: '9', detail: 'a' }], [{ id: '10000000', detail: 'b' }]).split('\n');
  expect(lines.slice(3, 5)).toEqual(['│ 9  │ a      │      │', '│ 10000000 │ b      │      │']);
});

test('breaks an id that would stick out of the terminal', () => {
  const lines = printed(30, [{ id: '9', detail: 'a' }], [{ id: '8'.repeat(60), detail: 'b' }]).split('\n');
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(30);
  expect(lines.join('').replaceAll(/[^8]/g, '')).toBe('8'.repeat(60));
});

test('breaks every column when nothing else fits', () => {
  const wide = { id: '0'.repeat(36), detail: 'd'.repeat(50), more: 'm'.repeat(50) };
  const lines = printed(24, [wide]).split('\n');
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(24);
  expect(lines.join('').replaceAll(/[^0]/g, '')).toBe(wide.id);
});

test('breaks a time at last, so that an id and what is cut stay beside it', () => {
  const columns: readonly Column<string>[] = [
    { title: 'id', value: (id) => id },
    { title: 'time', value: () => new Date(0), leastAtLast: 10 },
    { title: 'ms', value: () => 7, leftOut: 1 },
    { title: 'error', value: () => 'e'.repeat(99), cuts: true },
  ];
  const linesIn = (width: number) =>
    new StreamingTable(columns, width)
      .page(['0'.repeat(20)])
      .split('\n')
      .slice(3, -1);
  const id = '0'.repeat(20);
  expect(linesIn(64)).toEqual([`│ ${id} │ 1970-01-01 00:00:00 │ 7  │ eeeeeeeee… │`]);
  expect(linesIn(59)).toEqual([`│ ${id} │ 1970-01-01 00:00:00 │ eeeeeeeee… │`]);
  expect(linesIn(50)).toEqual([
    `│ ${id} │ 1970-01-01 │ eeeeeeeee… │`,
    `│ ${' '.repeat(20)} │ 00:00:00   │            │`,
  ]);
});

test('sets numbers at the right, and keeps lines of a cell that has several', () => {
  const table = new StreamingTable<readonly [string, number]>(
    [
      { title: 'what', value: ([what]) => what, lines: true },
      { title: 'n', value: ([, n]) => n, right: true },
    ],
    undefined,
  );
  expect(
    table
      .page([['a\nbc', 100]])
      .split('\n')
      .slice(1, 5),
  ).toEqual(['│ what │   n │', '├──────┼─────┤', '│ a    │ 100 │', '│ bc   │     │']);
});

test('cuts what another command shows whole, where there is a width to keep to', () => {
  const columns: readonly Column<string>[] = [{ title: 'id', value: (text) => text, cuts: true }];
  const id = '0123456789abcdefghij0123456789';
  expect(new StreamingTable(columns, 20).page([id]).split('\n')[3]).toBe('│ 0123456789abcde… │');
  expect(new StreamingTable(columns, undefined).page([id]).split('\n')[3]).toBe(`│ ${id} │`);
});

test('shows control characters, and does not obey them', () => {
  const text = printed(undefined, [{ id: '1', detail: 'a\u001B[31mred\nline\tand \u202E reversed' }]);
  expect(text).toContain('a\\u001b[31mred\\nline\\tand \\u202e reversed');
});

test('aligns what is wider than a character, such as Chinese and emoji, and what has no width', () => {
  const lines = printed(undefined, [
    { id: '東京', detail: 'a' },
    { id: 'e\u0301', detail: 'b' },
    { id: '👩‍🚀', detail: 'c' },
  ]).split('\n');
  expect(lines.slice(3, 6)).toEqual([
    '│ 東京 │ a      │      │',
    '│ e\u0301    │ b      │      │',
    '│ 👩‍🚀   │ c      │      │',
  ]);
});

test('breaks a word that is longer than its column, without losing any of it', () => {
  const detail = 'x'.repeat(100);
  const text = printed(40, [{ id: '1', detail }]);
  expect(text.replaceAll(/[^x]/g, '')).toBe(detail);
  expect(Math.max(...text.split('\n').map(({ length }) => length))).toBe(40);
});

test('prints nothing without rows', () => {
  expect(printed(80)).toBe('');
});

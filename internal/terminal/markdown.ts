import { columnsOf } from './columns.ts';
import { StreamingTable } from './streaming-table.ts';
import { displayWidth, wrappedLines } from './text-width.ts';

/** Markdown for people at a terminal: tables and lines no wider than it. Undefined: as it is, for files and pipes. */
export function markdownOnTerminal(markdown: string, columns: number | undefined = columnsOf()): string {
  if (columns === undefined) return markdown;
  const shown: string[] = [];
  let table: string[] = [];
  const endTable = () => {
    if (table.length > 0) shown.push(tableText(table.map(cellsOf), columns));
    table = [];
  };
  for (const line of markdown.split('\n')) {
    if (line.startsWith('|')) {
      table.push(line);
      continue;
    }
    endTable();
    shown.push(wrappedLines(line, columns));
  }
  endTable();
  return shown.join('\n');
}

function cellsOf(line: string): string[] {
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
}

/** The longest part of a text that is not broken where there is room for it. */
function longestWord(text: string): number {
  return Math.max(...text.split(' ').map(displayWidth));
}

function tableText([head = [], rule = [], ...rows]: readonly string[][], columns: number): string {
  const words = head.map((title, i) =>
    Math.max(...[title, ...rows.map((row) => row[i] ?? '')].map(longestWord)),
  );
  const least = words.reduce((sum, width) => sum + width + 3, 1);
  if (least > columns) return recordsText(head, rows, columns);
  const table = new StreamingTable<readonly string[]>(
    head.map((title, i) => {
      const right = rule[i]?.endsWith(':') === true;
      return {
        title,
        value: (row) => row[i],
        wraps: true,
        least: words[i] ?? 0,
        ...(right ? { right } : {}),
      };
    }),
    columns,
  );
  return `${table.page(rows)}${table.end()}`.trimEnd();
}

/** A table of too many columns: of each row its first cell, and below it the others that hold something. */
function recordsText(head: readonly string[], rows: readonly string[][], columns: number): string {
  return rows
    .map(([name = '', ...cells]) => {
      const told = cells.flatMap((cell, i) => (cell === '' ? [] : [`${head[i + 1] ?? ''}: ${cell}`]));
      return wrappedLines(`${name}\n  ${told.join('; ')}`, columns);
    })
    .join('\n');
}

import { columnsOf } from './columns.ts';
import { StreamingTable } from './streaming-table.ts';
import { displayWidth, wrappedLines } from './text-width.ts';

/** Lays out Markdown for a terminal of that width: tables and wrapped lines. Undefined leaves it as it is, for files and pipes. */
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

/** Returns the width of the longest word. */
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

/** Shows a table that is too wide as records: the first cell of each row, and below it the other cells that are not empty. */
function recordsText(head: readonly string[], rows: readonly string[][], columns: number): string {
  return rows
    .map(([name = '', ...cells]) => {
      const told = cells.flatMap((cell, i) => (cell === '' ? [] : [`${head[i + 1] ?? ''}: ${cell}`]));
      return wrappedLines(`${name}\n  ${told.join('; ')}`, columns);
    })
    .join('\n');
}

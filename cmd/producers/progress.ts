import process from 'node:process';
import { columnsOf } from '#internal/terminal/columns.ts';
import { bar, LiveLine } from '#internal/terminal/live-line.ts';
import { wrappedLines } from '#internal/terminal/text-width.ts';
import { EVENT_KINDS } from '#internal/load/generator.ts';
import type { Ledger } from '#internal/load/ledger.ts';

const BAR_MS = 250;
const LINE_MS = 5_000;

interface Progress extends Disposable {
  /** Prints a line without getting in the way of the bar. */
  tell(line: string): void;
}

/** Shows the progress of the sends on stderr: a bar on a terminal, else a plain line every few seconds. */
export function showProgress(ledger: Ledger, count: number | undefined): Progress {
  return process.stderr.isTTY ? showBar(ledger, count) : showLines(ledger, count);
}

function showBar(ledger: Ledger, count: number | undefined): Progress {
  const start = performance.now();
  const line = new LiveLine(process.stderr);
  const update = () => {
    const { settled } = ledger;
    const rate = `${speed(settled, start)} events/s`;
    line.draw(
      count === undefined
        ? [`${settled} events`, rate]
        : [bar(settled, count), `${settled}/${count} events`, rate],
    );
  };
  update();
  const timer = setInterval(update, BAR_MS);
  return {
    tell: (text) => line.tell(wrappedLines(text, columnsOf(process.stderr))),
    [Symbol.dispose]() {
      clearInterval(timer);
      update();
      line[Symbol.dispose]();
    },
  };
}

function showLines(ledger: Ledger, count: number | undefined): Progress {
  const start = performance.now();
  const tell = (line: string) => process.stderr.write(`${line}\n`);
  const total = count === undefined ? '' : ` of ${count}`;
  const timer = setInterval(() => {
    tell(`${ledger.settled}${total} events, ${speed(ledger.settled, start)} events/s`);
  }, LINE_MS);
  return { tell, [Symbol.dispose]: () => clearInterval(timer) };
}

/** Returns the summary of the run. */
export function summarize(ledger: Ledger, messages: number, seconds: number, seed: number): string {
  const ok = ledger.total('ok');
  const kinds = EVENT_KINDS.map((kind) => `${kind} ${ledger.counts[kind].ok}`).join(', ');
  const text = [
    `sent ${ok} events in ${messages} SQS messages in ${seconds.toFixed(1)} s, ${Math.round(ok / seconds)} events/s, seed ${seed}`,
    `  ${kinds}; failed ${ledger.total('failed')}, unknown ${ledger.total('unknown')}`,
    '',
  ].join('\n');
  return wrappedLines(text, columnsOf());
}

function speed(events: number, start: number): number {
  return Math.round((events * 1000) / Math.max(1, performance.now() - start));
}

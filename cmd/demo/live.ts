import process from 'node:process';
import { readCounters } from '#internal/load/counters.ts';
import { columnsOf } from '#internal/terminal/columns.ts';
import { LiveLine } from '#internal/terminal/live-line.ts';
import { partsThatFit } from '#internal/terminal/status-line.ts';

const REDRAW_MS = 250;
const LINE_MS = 2_000;

export interface Live extends Disposable {
  /** Prints a line that does not get in the way of the counters. */
  tell(line: string): void;
}

/**
 * Shows the counters until it is disposed of: one line redrawn on a terminal, else a line every two seconds.
 * @param delivered returns how many messages the receivers have; undefined without receivers
 */
export function showLive(healthPort: number, delivered: () => number | undefined): Live {
  const { isTTY } = process.stdout;
  const startedMs = performance.now();
  let ended = false;
  const live = isTTY ? new LiveLine(process.stdout) : undefined;
  const draw = async () => {
    const { received, stored, duplicates, rejected, inFlight } = await readCounters(healthPort);
    const rate = Math.round(received / ((performance.now() - startedMs) / 1000));
    if (ended) return; // a late answer must not be drawn below the next output
    const there = delivered();
    const parts = [
      `received ${received}`,
      `stored ${stored}`,
      `duplicates ${duplicates}`,
      `rejected ${rejected}`,
      ...(there === undefined ? [] : [`delivered ${there}`]),
      `${rate}/s`,
      `in flight ${inFlight}`,
    ];
    if (live === undefined) process.stdout.write(`${partsThatFit(parts, columnsOf())}\n`);
    else live.draw(parts);
  };
  const timer = setInterval(
    () => {
      draw().catch(() => {}); // the code that waits for the processor reports its end
    },
    isTTY ? REDRAW_MS : LINE_MS,
  );
  return {
    tell(line) {
      if (live === undefined) process.stderr.write(`${line}\n`);
      else live.tell(line);
    },
    [Symbol.dispose]() {
      ended = true;
      clearInterval(timer);
      live?.[Symbol.dispose]();
    },
  };
}

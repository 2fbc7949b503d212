import { readCounters } from '#internal/load/counters.ts';

const REDRAW_MS = 250;
const LINE_MS = 2_000;

/** Shows the counters until it is disposed of: one line redrawn on a terminal, else a line every two seconds. */
export function showLive(healthPort: number): Disposable {
  const { isTTY } = process.stdout;
  const startedMs = performance.now();
  const draw = async () => {
    const { received, stored, duplicates, rejected, inFlight } = await readCounters(healthPort);
    const rate = Math.round(received / ((performance.now() - startedMs) / 1000));
    const line = `received ${received} | stored ${stored} | duplicates ${duplicates} | rejected ${rejected} | in flight ${inFlight} | ${rate}/s`;
    process.stdout.write(isTTY ? `\r\u001b[K${line}` : `${line}\n`);
  };
  const timer = setInterval(
    () => {
      draw().catch(() => {}); // a processor that is gone is reported by whoever waits for it
    },
    isTTY ? REDRAW_MS : LINE_MS,
  );
  return {
    [Symbol.dispose]() {
      clearInterval(timer);
      if (isTTY) process.stdout.write('\n');
    },
  };
}

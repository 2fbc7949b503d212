const PREFIX = 'event_processor_';

/** The processor's counters at a moment. */
export interface Counters {
  readonly received: number;
  readonly stored: number;
  readonly duplicates: number;
  readonly rejected: number;
  readonly inFlight: number;
}

/** Reads the processor's /metrics. */
export async function readCounters(healthPort: number): Promise<Counters> {
  const response = await fetch(`http://127.0.0.1:${healthPort}/metrics`);
  const text = await response.text();
  const sum = (name: string) =>
    text
      .split('\n')
      .filter((line) => line.startsWith(`${PREFIX}${name}{`) || line.startsWith(`${PREFIX}${name} `))
      .reduce((total, line) => total + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
  return {
    received: sum('events_received_total'),
    stored: sum('events_stored_total'),
    duplicates: sum('events_duplicate_total'),
    rejected: sum('events_rejected_total'),
    inFlight: sum('events_in_flight'),
  };
}

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

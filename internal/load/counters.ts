const PREFIX = 'event_processor_';

/** Values of the processor's counters. */
interface Counters {
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

import { Gauge, type Registry } from 'prom-client';

/** The state of database and queue at the last look. Undefined: no look yet, or it failed, or is not allowed. */
export interface Surroundings {
  /** The end of the last day up to which `message` has partitions without a gap, from today on. */
  readonly partitionedUntil: Date | undefined;
  /** Counts by reason, each up to a bound. */
  readonly openRejections: Readonly<Record<string, number>> | undefined;
  readonly queue:
    | {
        readonly visible: number;
        readonly inFlight: number;
        readonly delayed: number;
        readonly deadLetters: { readonly queue: string; readonly messages: number } | undefined;
      }
    | undefined;
}

const DAY_MS = 86_400_000;

/**
 * Registers gauges that are the same in all processors: over several processes and processors, take the maximum. All have
 * labels, because a gauge without labels would be 0 while nothing is known.
 */
export function registerSurroundings(registry: Registry, read: () => Surroundings | undefined): void {
  const gauge = <L extends string>(
    name: string,
    help: string,
    labelNames: readonly L[],
    set: (gauge: Gauge<L>, around: Surroundings) => void,
  ) =>
    new Gauge({
      name: `event_processor_${name}`,
      help,
      labelNames,
      aggregator: 'max',
      registers: [registry],
      collect() {
        this.reset();
        const around = read();
        if (around !== undefined) set(this, around);
      },
    });
  gauge(
    'partition_days_ahead',
    'Days from now for which the table has partitions without a gap.',
    ['table'],
    (days, { partitionedUntil }) => {
      if (partitionedUntil === undefined) return;
      days.set({ table: 'message' }, Math.max(0, (partitionedUntil.getTime() - Date.now()) / DAY_MS));
    },
  );
  gauge(
    'rejections_open',
    'Open rejections in the database by reason, counted up to 10000 of each once a minute.',
    ['reason'],
    (open, { openRejections }) => {
      for (const [reason, count] of Object.entries(openRejections ?? {})) open.set({ reason }, count);
    },
  );
  gauge(
    'queue_messages',
    'Approximate number of messages in the queue by state (visible, in_flight, delayed), read from SQS once a minute.',
    ['state'],
    (messages, { queue }) => {
      if (queue === undefined) return;
      messages.set({ state: 'visible' }, queue.visible);
      messages.set({ state: 'in_flight' }, queue.inFlight);
      messages.set({ state: 'delayed' }, queue.delayed);
    },
  );
  gauge(
    'dead_letters',
    'Approximate number of messages in the dead-letter queue, read from SQS once a minute.',
    ['queue'],
    (messages, { queue }) => {
      if (queue?.deadLetters === undefined) return;
      messages.set({ queue: queue.deadLetters.queue }, queue.deadLetters.messages);
    },
  );
}

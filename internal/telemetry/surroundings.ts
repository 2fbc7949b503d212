import { Gauge, type Registry } from 'prom-client';

/** What the processor found around it when it last looked. Undefined: it has not looked yet, could not, or may not. */
export interface Surroundings {
  /** The end of the last day that `message` has a partition for, from today on without a gap. */
  readonly partitionedUntil: Date | undefined;
  /** By reason, each counted up to a bound. */
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
 * Gauges of what all processors see alike; of several processes and processors, take the maximum. All have labels: one
 * without would be 0 where nothing is known.
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
    'Days from now on, without a gap, that the table has partitions for.',
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
    'Messages of the queue by state (visible, in_flight, delayed), about, as SQS told it in the last minute.',
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
    'Messages of the dead-letter queue, about, as SQS told it in the last minute.',
    ['queue'],
    (messages, { queue }) => {
      if (queue?.deadLetters === undefined) return;
      messages.set({ queue: queue.deadLetters.queue }, queue.deadLetters.messages);
    },
  );
}

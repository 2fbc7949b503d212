import {
  Counter,
  collectDefaultMetrics,
  Gauge,
  Histogram,
  type MetricObjectWithValues,
  type MetricValue,
  Registry,
} from 'prom-client';
import { registerSurroundings, type Surroundings } from './surroundings.ts';

/** The counts of the pipeline, read at every scrape: nothing is counted twice, and the hot path pays nothing. */
export interface MetricSources {
  readonly books: {
    readonly received: number;
    readonly stored: number;
    readonly duplicates: number;
    readonly released: number;
    readonly inFlight: number;
    readonly rejectedByReason: Readonly<Record<string, number>>;
  };
  readonly deleteFailures: number;
  /** Not part of the books: replayed events were received earlier. */
  readonly rejectionsReplayed: number;
  /** Whether each part answered when last used; only parts that were used. */
  readonly health: { readonly sqs?: boolean; readonly postgres?: boolean };
  /** Age of the oldest message held that is not committed, since SQS took it; 0 when none is held. */
  readonly oldestHeldSeconds: number;
  readonly surroundings?: Surroundings;
}

export interface Metrics {
  batchCommitted(events: number, seconds: number): void;
  messageCommitted(secondsSinceSent: number): void;
  /** Prometheus text format. */
  text(): Promise<{ contentType: string; text: string }>;
  /** The metrics as data, to be summed over several processes. */
  snapshot(): Promise<readonly MetricObjectWithValues<MetricValue<string>>[]>;
}

/** Opens the metrics of the processor. Labels are reasons and parts, never tenants, so that their number is bounded. */
export function openMetrics(source: () => MetricSources): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  registerBooks(registry, source);
  registerSurroundings(registry, () => source().surroundings);
  const batchEvents = new Histogram({
    name: 'event_processor_batch_events',
    help: 'Events in a batch.',
    buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000],
    registers: [registry],
  });
  const batchSeconds = new Histogram({
    name: 'event_processor_batch_duration_seconds',
    help: 'Time from a full batch to its commit, retries included.',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers: [registry],
  });
  const age = new Histogram({
    name: 'event_processor_message_age_seconds',
    help: 'Time from the moment SQS took a message from its producer to the commit of its events.',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200],
    registers: [registry],
  });
  return {
    batchCommitted(events, seconds) {
      batchEvents.observe(events);
      batchSeconds.observe(seconds);
    },
    messageCommitted: (seconds) => age.observe(seconds),
    text: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
    snapshot: () => registry.getMetricsAsJSON(),
  };
}

function registerBooks(registry: Registry, source: () => MetricSources): void {
  const counter = (name: string, help: string, read: (sources: MetricSources) => number) =>
    new Counter({
      name,
      help,
      registers: [registry],
      collect() {
        this.reset();
        this.inc(read(source()));
      },
    });
  const prefix = 'event_processor';
  counter(`${prefix}_events_received_total`, 'Events received from SQS.', ({ books }) => books.received);
  counter(`${prefix}_events_stored_total`, 'Events stored as messages.', ({ books }) => books.stored);
  counter(
    `${prefix}_events_duplicate_total`,
    'Events that were stored already.',
    ({ books }) => books.duplicates,
  );
  counter(
    `${prefix}_events_released_total`,
    'Events given back to the queue undecided.',
    ({ books }) => books.released,
  );
  counter(
    `${prefix}_rejections_replayed_total`,
    'Earlier rejections whose events were stored by a replay.',
    ({ rejectionsReplayed }) => rejectionsReplayed,
  );
  counter(
    `${prefix}_delete_failures_total`,
    'Committed messages whose delete was given up; SQS redelivers them as duplicates.',
    ({ deleteFailures }) => deleteFailures,
  );
  new Counter({
    name: `${prefix}_events_rejected_total`,
    help: 'Events kept as rejections, by reason.',
    labelNames: ['reason'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [reason, count] of Object.entries(source().books.rejectedByReason))
        this.inc({ reason }, count);
    },
  });
  new Gauge({
    name: `${prefix}_events_in_flight`,
    help: 'Events received that have no outcome yet.',
    registers: [registry],
    collect() {
      this.set(source().books.inFlight);
    },
  });
  new Gauge({
    name: `${prefix}_oldest_held_seconds`,
    help: 'Age of the oldest message held whose events are not all committed, since SQS took it; 0 when none is held.',
    aggregator: 'max',
    registers: [registry],
    collect() {
      this.set(source().oldestHeldSeconds);
    },
  });
  new Gauge({
    name: `${prefix}_up`,
    help: '1 while the part answered when last used.',
    labelNames: ['part'],
    // Over several processes, 0 as soon as one of them got no answer.
    aggregator: 'min',
    registers: [registry],
    collect() {
      for (const [part, up] of Object.entries(source().health)) this.set({ part }, up ? 1 : 0);
    },
  });
}

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { AttemptOutcome, Telemetry } from '../sender/ports.ts';

/** Labels by tenant and endpoint are given only to this many endpoints: those that wait longest. */
export const MOST_ENDPOINTS = 20;

const PREFIX = 'event_sender';

/** The state of the sender, read at every scrape. */
export interface SenderSources {
  readonly books: {
    readonly taken: number;
    readonly delivered: number;
    readonly retrying: number;
    readonly dead: number;
    readonly skipped: number;
    readonly lost: number;
    readonly released: number;
    readonly inFlight: number;
  };
  readonly observed: Observed;
  /** Whether each part answered when last used; only parts that were used. */
  readonly health: { readonly postgres?: boolean };
  // The same in all processes. Undefined: not known.
  /** All endpoints in the database by state. */
  readonly endpointsByState: Readonly<Record<string, number>> | undefined;
  /** Endpoints that wait longest. */
  readonly waiting:
    | readonly {
        readonly tenantId: string;
        readonly endpointId: string;
        readonly waiting: number;
        /** When the first message was stored, in milliseconds since 1970. */
        readonly oldestMs: number;
      }[]
    | undefined;
}

/** What the engine sees of its endpoints. */
interface Observed {
  readonly shards: number;
  readonly endpoints: number;
  readonly breakersOpen: number;
  readonly behind: number;
  readonly fenceLosses: number;
  /** Changes of endpoints by kind, such as endpoint.disabled. */
  readonly changes: Readonly<Record<string, number>>;
}

export interface SenderMetrics extends Telemetry {
  /** Prometheus text format. */
  text(): Promise<{ contentType: string; text: string }>;
}

/** Opens the metrics of the sender. */
export function openSenderMetrics(source: () => SenderSources): SenderMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  registerBooks(registry, () => source().books);
  registerObserved(registry, () => source().observed);
  registerChanges(registry, () => source().observed);
  registerWaiting(registry, () => source().waiting ?? []);
  registerStates(registry, source);
  const attempts = new Counter({
    name: `${PREFIX}_attempts_total`,
    help: 'Attempts by outcome: delivered, failed, throttled, dead, or lost for messages that were gone.',
    labelNames: ['outcome'],
    registers: [registry],
  });
  const duration = new Histogram({
    name: `${PREFIX}_attempt_duration_seconds`,
    help: 'Time from the beginning of a request to the response headers or the failure.',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30],
    registers: [registry],
  });
  const age = new Histogram({
    name: `${PREFIX}_delivery_age_seconds`,
    help: 'Time from the moment a message was stored to its delivery, of those delivered at the first attempt and without delay.',
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200, 43200, 259200],
    registers: [registry],
  });
  return {
    attempted(outcome: AttemptOutcome, seconds: number) {
      attempts.inc({ outcome });
      duration.observe(seconds);
    },
    delivered: (secondsSinceStored) => age.observe(secondsSinceStored),
    text: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  };
}

function registerBooks(registry: Registry, read: () => SenderSources['books']): void {
  const counter = (name: string, help: string, value: (books: SenderSources['books']) => number) =>
    new Counter({
      name: `${PREFIX}_deliveries_${name}_total`,
      help,
      registers: [registry],
      collect() {
        this.reset();
        this.inc(value(read()));
      },
    });
  counter('taken', 'Deliveries taken out of the lines, once for each attempt.', ({ taken }) => taken);
  counter('delivered', 'Deliveries that succeeded.', ({ delivered }) => delivered);
  counter('retrying', 'Deliveries put off to a later attempt.', ({ retrying }) => retrying);
  counter('dead', 'Deliveries given up.', ({ dead }) => dead);
  counter(
    'skipped',
    'Deliveries for which nothing had to be sent: the endpoint does not want the event type, or has it already.',
    ({ skipped }) => skipped,
  );
  counter('lost', 'Deliveries whose message was gone before it could be sent.', ({ lost }) => lost);
  counter(
    'released',
    'Deliveries given back without an outcome; they are taken again.',
    ({ released }) => released,
  );
  gauge(registry, 'deliveries_in_flight', 'Deliveries that have no outcome yet.', () => read().inFlight);
}

function registerObserved(registry: Registry, read: () => Observed): void {
  gauge(registry, 'shards', 'Shards that this process holds; 64 over all processes.', () => read().shards);
  gauge(registry, 'endpoints', 'Endpoints that this process serves.', () => read().endpoints);
  gauge(
    registry,
    'breakers_open',
    'Endpoints of this process that get only probes because they fail.',
    () => read().breakersOpen,
  );
  gauge(
    registry,
    'endpoints_behind',
    'Endpoints of this process that read their own lane because they cannot keep up.',
    () => read().behind,
  );
  new Counter({
    name: `${PREFIX}_fence_losses_total`,
    help: 'Shards that another process had taken over when this one wrote its results.',
    registers: [registry],
    collect() {
      this.reset();
      this.inc(read().fenceLosses);
    },
  });
}

function registerChanges(registry: Registry, read: () => Observed): void {
  new Counter({
    name: `${PREFIX}_endpoint_changes_total`,
    help: 'Changes of endpoints of this process: failing (the breaker opened), recovered (it closed) and disabled.',
    labelNames: ['change'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [type, count] of Object.entries(read().changes))
        this.inc({ change: type.replace('endpoint.', '') }, count);
    },
  });
}

function registerWaiting(registry: Registry, read: () => NonNullable<SenderSources['waiting']>): void {
  const labelNames = ['tenant', 'endpoint'] as const;
  const longest = () => read().slice(0, MOST_ENDPOINTS);
  const top = `of the ${MOST_ENDPOINTS} endpoints that wait longest; looked up once a minute, the same in all processes`;
  new Gauge({
    name: `${PREFIX}_endpoint_waiting`,
    help: `Messages that wait for their first attempt, ${top}.`,
    labelNames,
    registers: [registry],
    collect() {
      this.reset();
      for (const { tenantId, endpointId, waiting } of longest())
        this.set({ tenant: tenantId, endpoint: endpointId }, waiting);
    },
  });
  new Gauge({
    name: `${PREFIX}_endpoint_oldest_seconds`,
    help: `Age of the oldest message that waits for its first attempt, ${top}.`,
    labelNames,
    registers: [registry],
    collect() {
      this.reset();
      for (const { tenantId, endpointId, oldestMs } of longest())
        this.set({ tenant: tenantId, endpoint: endpointId }, Math.max(0, Date.now() - oldestMs) / 1000);
    },
  });
}

function registerStates(registry: Registry, source: () => SenderSources): void {
  new Gauge({
    name: `${PREFIX}_endpoints_by_state`,
    help: 'Endpoints in the database by state, counted once a minute; the same in all processes.',
    labelNames: ['state'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [state, count] of Object.entries(source().endpointsByState ?? {}))
        this.set({ state }, count);
    },
  });
  new Gauge({
    name: `${PREFIX}_up`,
    help: '1 while the part answered when last used.',
    labelNames: ['part'],
    registers: [registry],
    collect() {
      for (const [part, up] of Object.entries(source().health)) this.set({ part }, up ? 1 : 0);
    },
  });
}

function gauge(registry: Registry, name: string, help: string, read: () => number): void {
  new Gauge({
    name: `${PREFIX}_${name}`,
    help,
    registers: [registry],
    collect() {
      this.set(read());
    },
  });
}

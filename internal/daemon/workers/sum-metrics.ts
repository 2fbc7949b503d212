import { AggregatorRegistry, type MetricObjectWithValues, type MetricValue } from 'prom-client';

/** All metrics of a process with their values, as plain data. */
export type MetricSnapshot = readonly MetricObjectWithValues<MetricValue<string>>[];

/**
 * Makes one page of the metrics of several processes. Counters and histograms are summed. Gauges follow their own rule
 * (prom-client's `aggregator`; the sum by default), with two exceptions: event loop lag shows the maximum, because an
 * average hides a lagging worker; and what prom-client would leave out is taken from the first snapshot.
 */
export async function sumMetrics(
  snapshots: readonly MetricSnapshot[],
): Promise<{ contentType: string; text: string }> {
  const registry = AggregatorRegistry.aggregate(snapshots.map((snapshot) => snapshot.map(withRule)));
  return { contentType: registry.contentType, text: await registry.metrics() };
}

const LASTING: ReadonlySet<string> = new Set(['counter', 'histogram']);

type Metric = MetricSnapshot[number];

function withRule(metric: Metric): Metric {
  if (metric.name.startsWith('nodejs_eventloop_lag_') && metric.aggregator === 'average') {
    return { ...metric, aggregator: 'max' };
  }
  return metric.aggregator === 'omit' ? { ...metric, aggregator: 'first' } : metric;
}

/**
 * The counters and histograms of workers that ended. They stay in the sum, because a counter must never go down:
 * Prometheus would take that for a reset and count everything again. Gauges end with their worker.
 */
export class RetiredMetrics {
  #snapshot: MetricSnapshot = [];

  get snapshot(): MetricSnapshot {
    return this.#snapshot;
  }

  add(snapshot: MetricSnapshot): void {
    const lasting = snapshot.filter(({ type }) => LASTING.has(String(type)));
    const registry = AggregatorRegistry.aggregate([[...this.#snapshot], lasting]);
    // The aggregate's metrics are plain objects with their values, though the type does not say so.
    this.#snapshot = registry.getMetricsAsArray() as unknown as MetricSnapshot;
  }
}

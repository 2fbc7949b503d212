import { AggregatorRegistry, type MetricObjectWithValues, type MetricValue } from 'prom-client';

/** All metrics of a process with their values, as plain data. */
export type MetricSnapshot = readonly MetricObjectWithValues<MetricValue<string>>[];

/**
 * Makes one page of the metrics of several processes. Counters and histograms are summed. Gauges go by the rule of their
 * own (`aggregator` of prom-client), which is the sum where they have none, with these exceptions: a worker's event loop
 * that lags must show, which an average hides; and what prom-client leaves out is taken from the first snapshot.
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
 * The counters and histograms of workers that ended. They stay in the sum: a counter of the page must never go down, for
 * whoever reads it would take that for a restart from zero and count everything again. Gauges end with their worker.
 */
export class RetiredMetrics {
  #snapshot: MetricSnapshot = [];

  get snapshot(): MetricSnapshot {
    return this.#snapshot;
  }

  add(snapshot: MetricSnapshot): void {
    const lasting = snapshot.filter(({ type }) => LASTING.has(String(type)));
    const registry = AggregatorRegistry.aggregate([[...this.#snapshot], lasting]);
    // What the aggregate registers are plain metrics with their values, though its type does not say so.
    this.#snapshot = registry.getMetricsAsArray() as unknown as MetricSnapshot;
  }
}

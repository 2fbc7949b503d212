import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { describe, expect, test } from 'vitest';
import { RetiredMetrics, sumMetrics } from './sum-metrics.ts';

/** The metrics of a worker that did this much work in one batch. */
function workerThatDid(done: number, { up = true, held = 0 } = {}) {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  new Counter({ name: 'test_done_total', help: 'Done.', registers }).inc(done);
  new Counter({ name: 'test_refused_total', help: 'Refused.', labelNames: ['reason'], registers }).inc({
    reason: 'late',
  });
  new Histogram({ name: 'test_batch', help: 'Batches.', buckets: [10, 50], registers }).observe(done);
  new Gauge({ name: 'test_held', help: 'Held.', registers }).set(held);
  new Gauge({ name: 'test_up', help: 'Up.', aggregator: 'min', registers }).set(up ? 1 : 0);
  return { snapshot: () => registry.getMetricsAsJSON(), text: () => registry.metrics() };
}

async function page(...workers: Parameters<typeof workerThatDid>[]): Promise<string> {
  const snapshots = await Promise.all(workers.map((worker) => workerThatDid(...worker).snapshot()));
  return (await sumMetrics(snapshots)).text;
}

/** Returns the value on the line with that beginning. */
function value(text: string, series: string): number {
  const line = text.split('\n').find((each) => each.startsWith(`${series} `));
  return line === undefined ? Number.NaN : Number(line.slice(series.length + 1));
}

describe('over several workers', () => {
  test('counters are summed, label by label', async () => {
    const text = await page([10], [32]);
    expect(value(text, 'test_done_total')).toBe(42);
    expect(value(text, 'test_refused_total{reason="late"}')).toBe(2);
  });

  test('histograms are summed, bucket by bucket', async () => {
    const text = await page([10], [32], [400]);
    expect(value(text, 'test_batch_bucket{le="10"}')).toBe(1);
    expect(value(text, 'test_batch_bucket{le="50"}')).toBe(2);
    expect(value(text, 'test_batch_bucket{le="+Inf"}')).toBe(3);
    expect(value(text, 'test_batch_sum')).toBe(442);
    expect(value(text, 'test_batch_count')).toBe(3);
  });

  test('what is held is summed, and a gauge goes by the rule of its own', async () => {
    const text = await page([1, { held: 5 }], [1, { held: 7, up: false }]);
    expect(value(text, 'test_held')).toBe(12);
    expect(value(text, 'test_up')).toBe(0);
  });

  test('the event loop that lags most is the one that shows', async () => {
    const snapshot = await workerThatDid(1).snapshot();
    const lagging = (seconds: number) =>
      snapshot.map((metric) =>
        metric.name === 'nodejs_eventloop_lag_p99_seconds'
          ? { ...metric, values: [{ value: seconds, labels: {} }] }
          : metric,
      );
    const { text } = await sumMetrics([lagging(0.01), lagging(3), lagging(0.02)]);
    expect(value(text, 'nodejs_eventloop_lag_p99_seconds')).toBe(3);
  });

  test('the page of one worker says the same as its own, line for line', async () => {
    const metrics = workerThatDid(7);
    const own = await metrics.text();
    const summed = (await sumMetrics([await metrics.snapshot()])).text;
    const series = (text: string) =>
      text
        .split('\n')
        .filter((line) => line.startsWith('test_'))
        .sort();
    expect(series(summed)).toEqual(series(own));
    expect(summed).toContain('process_start_time_seconds ');
  });
});

describe('of workers that ended', () => {
  test('counters and histograms stay in the sum, gauges go', async () => {
    const retired = new RetiredMetrics();
    retired.add(await workerThatDid(10, { held: 5, up: false }).snapshot());
    retired.add(await workerThatDid(20, { held: 5 }).snapshot());
    const { text } = await sumMetrics([retired.snapshot, await workerThatDid(3).snapshot()]);
    expect(value(text, 'test_done_total')).toBe(33);
    expect(value(text, 'test_batch_count')).toBe(3);
    expect(value(text, 'test_held')).toBe(0);
    expect(value(text, 'test_up')).toBe(1);
  });
});

import { describe, expect, test } from 'vitest';
import { openMetrics } from '../../telemetry/processor-metrics.ts';
import { RetiredMetrics, sumMetrics } from './sum-metrics.ts';

/** The metrics of a worker that stored so many events in one batch. */
function workerThatStored(stored: number, { postgres = true, inFlight = 0 } = {}) {
  const books = {
    received: stored + inFlight + 1,
    stored,
    duplicates: 0,
    released: 0,
    inFlight,
    rejectedByReason: { malformed_json: 1 },
  };
  const metrics = openMetrics(() => ({
    books,
    deleteFailures: 0,
    rejectionsReplayed: 0,
    health: { sqs: true, postgres },
    oldestHeldSeconds: 0,
  }));
  metrics.batchCommitted(stored, 0.02);
  return metrics;
}

async function page(...workers: Parameters<typeof workerThatStored>[]): Promise<string> {
  const snapshots = await Promise.all(workers.map((worker) => workerThatStored(...worker).snapshot()));
  return (await sumMetrics(snapshots)).text;
}

/** The value of the line that begins like that. */
function value(text: string, series: string): number {
  const line = text.split('\n').find((each) => each.startsWith(`${series} `));
  return line === undefined ? Number.NaN : Number(line.slice(series.length + 1));
}

describe('over several workers', () => {
  test('counters are summed, label by label', async () => {
    const text = await page([10], [32]);
    expect(value(text, 'event_processor_events_stored_total')).toBe(42);
    expect(value(text, 'event_processor_events_rejected_total{reason="malformed_json"}')).toBe(2);
  });

  test('histograms are summed, bucket by bucket', async () => {
    const text = await page([10], [32], [400]);
    expect(value(text, 'event_processor_batch_events_bucket{le="10"}')).toBe(1);
    expect(value(text, 'event_processor_batch_events_bucket{le="50"}')).toBe(2);
    expect(value(text, 'event_processor_batch_events_bucket{le="+Inf"}')).toBe(3);
    expect(value(text, 'event_processor_batch_events_sum')).toBe(442);
    expect(value(text, 'event_processor_batch_events_count')).toBe(3);
  });

  test('what is in flight is summed, and a part is up only when all reach it', async () => {
    const text = await page([1, { inFlight: 5 }], [1, { inFlight: 7, postgres: false }]);
    expect(value(text, 'event_processor_events_in_flight')).toBe(12);
    expect(value(text, 'event_processor_up{part="postgres"}')).toBe(0);
    expect(value(text, 'event_processor_up{part="sqs"}')).toBe(1);
  });

  test('the event loop that lags most is the one that shows', async () => {
    const snapshot = await workerThatStored(1).snapshot();
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
    const metrics = workerThatStored(7);
    const own = (await metrics.text()).text;
    const summed = (await sumMetrics([await metrics.snapshot()])).text;
    const series = (text: string) =>
      text
        .split('\n')
        .filter((line) => line.startsWith('event_processor_'))
        .sort();
    expect(series(summed)).toEqual(series(own));
    expect(summed).toContain('process_start_time_seconds ');
  });
});

describe('of workers that ended', () => {
  test('counters and histograms stay in the sum, gauges go', async () => {
    const retired = new RetiredMetrics();
    retired.add(await workerThatStored(10, { inFlight: 5, postgres: false }).snapshot());
    retired.add(await workerThatStored(20, { inFlight: 5 }).snapshot());
    const { text } = await sumMetrics([retired.snapshot, await workerThatStored(3).snapshot()]);
    expect(value(text, 'event_processor_events_stored_total')).toBe(33);
    expect(value(text, 'event_processor_batch_events_count')).toBe(3);
    expect(value(text, 'event_processor_events_in_flight')).toBe(0);
    expect(value(text, 'event_processor_up{part="postgres"}')).toBe(1);
  });
});

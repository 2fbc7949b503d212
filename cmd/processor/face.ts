import type { Checks } from '#internal/daemon/health.ts';
import { ReadinessPage } from '#internal/daemon/readiness.ts';
import { Books } from '#internal/processor/books.ts';
import { type Metrics, type MetricSources, openMetrics } from '#internal/telemetry/processor-metrics.ts';

/** What a processor publishes: its readiness and its metrics. */
export interface Face {
  readonly page: ReadinessPage;
  readonly metrics: Metrics;
  /** Makes both show the running processor. */
  runs(sources: () => MetricSources, checks: Checks): void;
}

export function openFace(): Face {
  const page = new ReadinessPage();
  const books = new Books();
  let sources = (): MetricSources => ({
    books,
    deleteFailures: 0,
    rejectionsReplayed: 0,
    health: Object.fromEntries(page.away.map((part) => [part, false])),
    oldestHeldSeconds: 0,
  });
  return {
    page,
    metrics: openMetrics(() => sources()),
    runs(running, checks) {
      sources = running;
      page.runs(checks);
    },
  };
}

import type { Checks } from '#internal/daemon/health.ts';
import { ReadinessPage } from '#internal/daemon/readiness.ts';
import { Books } from '#internal/sender/books.ts';
import {
  openSenderMetrics,
  type SenderMetrics,
  type SenderSources,
} from '#internal/telemetry/sender-metrics.ts';

/** What a sender publishes: its readiness and its metrics. */
interface Face {
  readonly page: ReadinessPage;
  readonly metrics: SenderMetrics;
  /** Makes both show the running sender. */
  runs(sources: () => SenderSources, checks: Checks): void;
}

const NOTHING = { shards: 0, endpoints: 0, breakersOpen: 0, behind: 0, fenceLosses: 0, changes: {} } as const;

export function openFace(): Face {
  const page = new ReadinessPage();
  const books = new Books();
  let sources = (): SenderSources => ({
    books,
    observed: NOTHING,
    health: Object.fromEntries(page.away.map((part) => [part, false])),
    endpointsByState: undefined,
    waiting: undefined,
  });
  return {
    page,
    metrics: openSenderMetrics(() => sources()),
    runs(running, checks) {
      sources = running;
      page.runs(checks);
    },
  };
}

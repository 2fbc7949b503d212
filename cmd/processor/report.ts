import type { Report } from '#internal/daemon/workers/report.ts';
import { Books } from '#internal/processor/books.ts';

/** Turns the books of a worker into its report to the supervisor; the events in flight are what it holds. */
export function reportOf(books: Books): Report {
  const { inFlight, ...numbers } = books.snapshot();
  return { numbers, held: inFlight, balanced: books.balanced };
}

/** All zeros, for a processor whose workers ended before they reported anything. */
export const { numbers: NO_NUMBERS } = reportOf(new Books());

/** Names of the supervisor's metrics. */
export const METRIC_NAMES = {
  prefix: 'event_processor',
  held: {
    name: 'events_in_flight',
    help: 'Events that the worker holds without an outcome, as of its last report.',
  },
} as const;

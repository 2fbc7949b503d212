import type { Report } from '#internal/daemon/workers/report.ts';
import { Books } from '#internal/processor/books.ts';

/** What a worker tells its supervisor of its books: all but the events in flight, which are what it holds. */
export function reportOf(books: Books): Report {
  const { inFlight, ...numbers } = books.snapshot();
  return { numbers, held: inFlight, balanced: books.balanced };
}

/** All zero: of a processor whose workers ended before they reported anything. */
export const { numbers: NO_NUMBERS } = reportOf(new Books());

/** How the supervisor's metrics call what a worker holds. */
export const METRIC_NAMES = {
  prefix: 'event_processor',
  held: {
    name: 'events_in_flight',
    help: 'Events that the worker holds without an outcome, as of its last report.',
  },
} as const;

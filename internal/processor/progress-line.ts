import type { Books } from './books.ts';
import type { Log } from './ports.ts';

/** What the line tells of, read when it is due. */
export interface ProgressSources {
  readonly books: Pick<Books, 'stored' | 'duplicates' | 'rejected' | 'released' | 'inFlight'>;
  /** Age of the oldest message held whose events are not all committed; 0 when none is held. */
  readonly oldestHeldSeconds: number;
}

/**
 * Once per interval, one line on what became of events in it and how old the oldest is that is held; none when nothing
 * happened and nothing is held. Ends when it is disposed of.
 */
export function logProgress(sources: ProgressSources, log: Log, everySeconds: number): Disposable {
  let last = countsOf(sources);
  const timer = setInterval(() => {
    const now = countsOf(sources);
    const counts = {
      stored: now.stored - last.stored,
      duplicates: now.duplicates - last.duplicates,
      rejected: now.rejected - last.rejected,
      released: now.released - last.released,
    };
    last = now;
    const { inFlight } = sources.books;
    if (inFlight === 0 && Object.values(counts).every((count) => count === 0)) return;
    const oldestHeldSeconds = Math.round(sources.oldestHeldSeconds * 10) / 10;
    log.info({ ...counts, inFlight, oldestHeldSeconds, seconds: everySeconds }, 'progress');
  }, everySeconds * 1000).unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

function countsOf({ books: { stored, duplicates, rejected, released } }: ProgressSources) {
  return { stored, duplicates, rejected, released };
}

import type { Surroundings } from '#internal/telemetry/surroundings.ts';
import { sleep } from '#internal/waiting/sleep.ts';
import type { Logger } from 'pino';
import type { Database } from './database.ts';
import type { InboxConnection } from './queue.ts';

const EVERY_MS = 60_000;
/** Counting stops there: more of one reason needs a look anyway. */
const MOST_OPEN = 10_000;

export interface Watch extends Disposable {
  readonly seen: Surroundings;
}

/**
 * Looks once a minute at what the database and the queue hold, for metrics. What cannot be asked is said once and left out
 * until it can; it keeps nothing from going on. Of several workers the first looks for all.
 */
export function watchSurroundings(
  { database, queue, looks }: { database: Database; queue: InboxConnection; looks: boolean },
  log: Logger,
): Watch {
  const ending = new AbortController();
  const seen: { openRejections: Surroundings['openRejections']; queue: Surroundings['queue'] } = {
    openRejections: undefined,
    queue: undefined,
  };
  const watching = async <T>(what: string, ask: () => Promise<T>, note: (found: T | undefined) => void) => {
    let failed = false;
    while (!ending.signal.aborted) {
      try {
        note(await ask());
        failed = false;
      } catch (error) {
        note(undefined);
        if (!failed && !ending.signal.aborted)
          log.warn({ err: error }, `${what} cannot be asked; not in metrics`);
        failed = true;
      }
      await sleep(EVERY_MS, ending.signal);
    }
  };
  if (looks) {
    void watching(
      'the depth of the queue',
      () => queue.depth(),
      (found) => {
        seen.queue = found;
      },
    );
    void watching(
      'the number of open rejections',
      () => database.openRejections(MOST_OPEN),
      (found) => {
        seen.openRejections = found;
      },
    );
  }
  return {
    get seen() {
      return { ...seen, partitionedUntil: database.partitionedUntil };
    },
    [Symbol.dispose]: () => ending.abort(),
  };
}

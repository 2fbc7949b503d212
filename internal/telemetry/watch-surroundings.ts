import type { Log } from '../processor/ports.ts';
import { sleep } from '../waiting/sleep.ts';
import type { Surroundings } from './surroundings.ts';

const EVERY_MS = 60_000;

/** Reads the state that is watched. */
interface SurroundingsToAsk {
  readonly queue: () => Promise<Surroundings['queue']>;
  readonly openRejections: () => Promise<Surroundings['openRejections']>;
}

type Asked = Pick<Surroundings, keyof SurroundingsToAsk>;

interface Watch extends Disposable {
  readonly seen: Asked;
}

const NAMES = {
  queue: 'the depth of the queue',
  openRejections: 'the number of open rejections',
} as const satisfies Record<keyof SurroundingsToAsk, string>;

/** Watches nothing: of several workers, only the first one watches. */
export const NO_WATCH: Watch = {
  seen: { queue: undefined, openRejections: undefined },
  [Symbol.dispose]: () => {},
};

/**
 * Reads once a minute what the database and the queue hold, for metrics. A part that cannot be read is logged once and
 * left out until it can; nothing else is affected.
 */
export function watchSurroundings(ask: SurroundingsToAsk, log: Log): Watch {
  const ending = new AbortController();
  const seen: { -readonly [K in keyof Asked]: Asked[K] } = { ...NO_WATCH.seen };
  const watching = async <T>(name: string, look: () => Promise<T>, note: (found: T | undefined) => void) => {
    let failed = false;
    while (!ending.signal.aborted) {
      try {
        note(await look());
        failed = false;
      } catch (error) {
        note(undefined);
        if (!failed && !ending.signal.aborted)
          log.warn({ err: error }, `${name} cannot be read; the metrics leave it out`);
        failed = true;
      }
      await sleep(EVERY_MS, ending.signal);
    }
  };
  void watching(NAMES.queue, ask.queue, (found) => {
    seen.queue = found;
  });
  void watching(NAMES.openRejections, ask.openRejections, (found) => {
    seen.openRejections = found;
  });
  return { seen, [Symbol.dispose]: () => ending.abort() };
}

import type { Log } from '../processor/ports.ts';
import type { Surroundings } from './surroundings.ts';
import { watch } from './watch.ts';

/** Reads the state that is watched. */
interface SurroundingsToAsk {
  readonly queue: () => Promise<Surroundings['queue']>;
  readonly openRejections: () => Promise<Surroundings['openRejections']>;
}

interface Watch extends Disposable {
  readonly seen: Pick<Surroundings, keyof SurroundingsToAsk>;
}

/** Watches nothing: of several workers, only the first one watches. */
export const NO_WATCH: Watch = {
  seen: { queue: undefined, openRejections: undefined },
  [Symbol.dispose]: () => {},
};

/** Reads once a minute what the database and the queue hold, for metrics. */
export function watchSurroundings(ask: SurroundingsToAsk, log: Log): Watch {
  const queue = watch('the depth of the queue', ask.queue, log);
  const openRejections = watch('the number of open rejections', ask.openRejections, log);
  return {
    get seen() {
      return { queue: queue.seen, openRejections: openRejections.seen };
    },
    [Symbol.dispose]() {
      queue[Symbol.dispose]();
      openRejections[Symbol.dispose]();
    },
  };
}

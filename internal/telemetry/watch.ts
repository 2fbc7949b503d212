import { sleep } from '../waiting/sleep.ts';

const EVERY_MS = 60_000;

interface Watched<T> extends Disposable {
  /** As of the last look; undefined: no look yet, or it failed, or is not allowed. */
  readonly seen: T | undefined;
}

/**
 * Looks at something outside once a minute, for metrics. What cannot be read is logged once and left out until it can;
 * nothing else is affected.
 * @param name of what is looked at, for the log
 */
export function watch<T>(
  name: string,
  look: () => Promise<T>,
  log: { warn(fields: object, message: string): void },
): Watched<T> {
  const ending = new AbortController();
  let seen: T | undefined;
  const watching = async () => {
    let failed = false;
    while (!ending.signal.aborted) {
      try {
        seen = await look();
        failed = false;
      } catch (error) {
        seen = undefined;
        if (!failed && !ending.signal.aborted)
          log.warn({ err: error }, `${name} cannot be read; the metrics leave it out`);
        failed = true;
      }
      await sleep(EVERY_MS, ending.signal);
    }
  };
  void watching();
  return {
    get seen() {
      return seen;
    },
    [Symbol.dispose]: () => ending.abort(),
  };
}

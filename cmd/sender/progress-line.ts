import type { Sender } from '#internal/sender/sender.ts';
import type { Logger } from 'pino';

const COUNTED = ['delivered', 'retrying', 'dead', 'skipped', 'lost', 'released'] as const;

/**
 * Once per interval, one line on what became of deliveries in it; none when nothing happened and nothing is in flight. Ends
 * when it is disposed of.
 */
export function logProgress(
  sender: Pick<Sender, 'books' | 'observed'>,
  log: Logger,
  everySeconds: number,
): Disposable {
  const counts = () => COUNTED.map((name) => sender.books[name]);
  let last = counts();
  const timer = setInterval(() => {
    const now = counts();
    const since = now.map((count, i) => count - (last[i] ?? 0));
    last = now;
    const { inFlight } = sender.books;
    if (inFlight === 0 && since.every((count) => count === 0)) return;
    const { shards, endpoints, breakersOpen, behind } = sender.observed();
    log.info(
      {
        ...Object.fromEntries(COUNTED.map((name, i) => [name, since[i]])),
        inFlight,
        shards,
        endpoints,
        breakersOpen,
        behind,
        seconds: everySeconds,
      },
      'progress',
    );
  }, everySeconds * 1000).unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

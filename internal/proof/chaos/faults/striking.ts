import { sleep } from '#internal/waiting/sleep.ts';
import type { Deliveries } from '../deliveries/deliveries.ts';
import { until } from '#internal/proof/kit/until.ts';

const PATIENCE_MS = 8_000;
const PAUSE_MS = 300;
const UNDO_MS = 30_000;

/** Whether the statement stores a batch of events. */
export function isStore(sql: string): boolean {
  return /insert into message_key/i.test(sql);
}

/**
 * Strikes at most `times` times. Returns how often it did. Each strike gets a signal that ends its waiting.
 * @throws what the first strike throws; later strikes may find that the load is over
 */
export async function strikes(
  times: number,
  signal: AbortSignal,
  strike: (patience: AbortSignal) => Promise<void>,
): Promise<number> {
  for (let done = 0; done < times; done += 1) {
    if (done > 0) await sleep(PAUSE_MS, signal);
    try {
      await strike(AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]));
    } catch (error) {
      if (done === 0) throw error;
      return done;
    }
  }
  return times;
}

/**
 * Waits this long, and longer if nothing was struck yet, because calls are rare on a slow machine. Returns
 * the number of strikes.
 * @throws Error with the text `nothing` if there was none
 */
export async function stay(
  milliseconds: number,
  signal: AbortSignal,
  { struck, nothing }: { struck: () => number; nothing: string },
): Promise<number> {
  await sleep(milliseconds, signal);
  await until(() => signal.aborted || struck() > 0, { what: 'a strike', timeoutMs: PATIENCE_MS }).catch(
    () => {},
  );
  if (struck() === 0) throw new Error(nothing);
  return struck();
}

/** Work after which senders that were cut from PostgreSQL for that long may have lost their shards. */
const LONG_MS = 4_000;

/** Excuses what is delivered twice if PostgreSQL was away for so long that others took over. */
export async function withoutPostgres(
  deliveries: Deliveries | undefined,
  work: () => Promise<void>,
): Promise<void> {
  const fromMs = Date.now();
  await work();
  const toMs = Date.now();
  if (toMs - fromMs > LONG_MS) deliveries?.excused.push({ fromMs: fromMs - 1_000, toMs: toMs + 1_000 });
}

/** Undoes a fault, retrying as long as needed: another fault may have PostgreSQL down meanwhile. */
export async function undo(work: () => Promise<unknown>): Promise<void> {
  const undone = () => work().then(() => true);
  await until(undone, { what: 'a fault to be undone', timeoutMs: UNDO_MS });
}

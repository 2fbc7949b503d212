import type { Logger } from 'pino';
import { sleep } from '../waiting/sleep.ts';
import type { ReadinessPage } from './readiness.ts';

const RETRY_MS = 1_000;

interface Opening<T> {
  /** Name on the readiness page. */
  readonly part: string;
  /** Name in the log. */
  readonly name: string;
  readonly open: () => Promise<T>;
  /** Returns whether waiting may help after this error of `open`. */
  readonly mayPass: (error: unknown) => boolean;
}

interface Patience {
  /** Undefined for no limit. */
  readonly limitSeconds: number | undefined;
  readonly page: Pick<ReadinessPage, 'waitsFor'>;
  readonly log: Logger;
  /** Ends the wait. */
  readonly signal: AbortSignal;
}

/**
 * Opens a part, and retries while it is away: a program that ended instead would be restarted over and over and
 * could not say why on its readiness page. Returns undefined when the signal ended the wait.
 * @throws the error of `open`, when waiting does not help or the limit is reached
 */
export async function openPatiently<T>(opening: Opening<T>, patience: Patience): Promise<T | undefined> {
  const { part, name, open } = opening;
  const { limitSeconds, page, log, signal } = patience;
  const deadlineMs = performance.now() + (limitSeconds ?? Number.POSITIVE_INFINITY) * 1000;
  let told: string | undefined;
  for (;;) {
    try {
      const opened = await open();
      if (told !== undefined) log.info({}, `${name} is there`);
      page.waitsFor(part, null);
      return opened;
    } catch (error) {
      if (!passes(error, opening.mayPass) || performance.now() >= deadlineMs) throw error;
      const problem = (error as Error).message;
      if (problem !== told) log.warn({ problem, limitSeconds }, `${name} is away: the start waits for it`);
      told = problem;
      page.waitsFor(part, problem);
    }
    await sleep(RETRY_MS, signal);
    if (signal.aborted) return undefined;
  }
}

/** Checks the error and its causes: a sentence for the operator has the original error as its cause. */
function passes(error: unknown, mayPass: (error: unknown) => boolean): boolean {
  for (let each = error; each instanceof Error; each = each.cause) if (mayPass(each)) return true;
  return false;
}

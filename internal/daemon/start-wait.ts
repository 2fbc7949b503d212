import type { Logger } from 'pino';
import { sleep } from '../waiting/sleep.ts';
import type { ReadinessPage } from './readiness.ts';

const RETRY_MS = 1_000;

interface Opening<T> {
  /** As the readiness page calls it. */
  readonly part: string;
  /** As people call it. */
  readonly name: string;
  readonly open: () => Promise<T>;
  /** Whether waiting may help, by the error that opening threw. */
  readonly mayPass: (error: unknown) => boolean;
}

interface Patience {
  /** Undefined: without a limit. */
  readonly limitSeconds: number | undefined;
  readonly page: Pick<ReadinessPage, 'waitsFor'>;
  readonly log: Logger;
  /** Ends the wait. */
  readonly signal: AbortSignal;
}

/**
 * Opens a part that may be away, again and again until it is there: a program that ended instead would be restarted again
 * and again, and could tell nobody why. Returns undefined when the signal ended the wait.
 * @throws what opening threw, when waiting does not help or the limit is reached
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

/** The sentence that was thrown has what happened as its cause. */
function passes(error: unknown, mayPass: (error: unknown) => boolean): boolean {
  for (let each = error; each instanceof Error; each = each.cause) if (mayPass(each)) return true;
  return false;
}

/** Jitter only lengthens: a shorter delay would undercut what the schedule, or the endpoint, asked for. */
const MAX_JITTER = 0.2;

/** What pauses and an open breaker may add to the schedule before a delivery is too old. */
const SLACK_MS = 3_600_000;

interface Failed {
  /** Attempts used up so far, the one that has just failed included. */
  readonly attempts: number;
  /** Seconds before the second, third … attempt. */
  readonly retrySeconds: readonly number[];
  /** When its first attempt failed. */
  readonly firstFailedAtMs: number;
  readonly nowMs: number;
  /** What the outcome asks for at least. */
  readonly minSeconds: number | undefined;
  /** From 0 up to 1. */
  readonly random: number;
}

type NextAttempt =
  | { readonly kind: 'at'; readonly dueAtMs: number }
  | { readonly kind: 'dead'; readonly reason: 'attempts' | 'deadline' };

/**
 * Decides when a delivery is tried again. The deadline is the whole schedule with the longest jitter, and an hour, after the
 * first failure, not after the message was stored: what waited for long behind a paused or dead endpoint, or for its
 * deliver_after, has its whole schedule too. The last attempt is brought forward to the deadline if it would come later.
 */
export function nextAttempt(failed: Failed): NextAttempt {
  const { attempts, retrySeconds, firstFailedAtMs, nowMs, minSeconds = 0, random } = failed;
  const seconds = retrySeconds[attempts - 1];
  if (seconds === undefined) return { kind: 'dead', reason: 'attempts' };
  const deadlineMs = firstFailedAtMs + longestMs(retrySeconds) + SLACK_MS;
  if (nowMs >= deadlineMs) return { kind: 'dead', reason: 'deadline' };
  const dueAtMs = nowMs + Math.max(seconds, minSeconds) * 1000 * (1 + MAX_JITTER * random);
  const earliestMs = nowMs + minSeconds * 1000;
  return { kind: 'at', dueAtMs: Math.round(Math.min(dueAtMs, Math.max(deadlineMs, earliestMs))) };
}

function longestMs(retrySeconds: readonly number[]): number {
  return retrySeconds.reduce((sum, seconds) => sum + seconds, 0) * 1000 * (1 + MAX_JITTER);
}

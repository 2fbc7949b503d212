import { storableText } from '../event/storable.ts';
import type { WireAnswer, WireFailure } from './wire/ports.ts';
import { retryAfterSeconds } from './retry-after.ts';

/**
 * What an answer means for the delivery and for its endpoint.
 * - `delivered`: the receiver has it;
 * - `retry`: the attempt is used up and another one follows, if the schedule has one. The breaker counts it as a failure;
 * - `throttled`: the whole endpoint pauses, no attempt is used up, and the breaker counts nothing;
 * - `refused`: the same bytes would be refused again, so the delivery is dead. The server works: the breaker counts a success;
 * - `gone`: the endpoint is disabled, and the delivery waits with its position;
 * - `stopped`: we gave the request up, so nothing is known of it.
 */
export type Verdict =
  | { readonly kind: 'delivered' }
  | {
      readonly kind: 'retry';
      /** No response came. */
      readonly connection: boolean;
      /** The concurrency is to be halved. */
      readonly overloaded: boolean;
      /** The next attempt comes this many seconds later at the earliest. */
      readonly minSeconds: number | undefined;
      /** Seconds for which the whole endpoint is to pause, because it asked for it. */
      readonly pauseSeconds: number | undefined;
      readonly error: string;
    }
  | {
      readonly kind: 'throttled';
      /** Undefined when the endpoint did not say how long; the caller backs off. The concurrency is to be halved. */
      readonly pauseSeconds: number | undefined;
      readonly error: string;
    }
  | { readonly kind: 'refused' | 'gone'; readonly error: string }
  | { readonly kind: 'stopped' };

/** Characters of an error as it is stored. */
const MAX_ERROR = 300;

/** Somebody has to change the URL or the name's address: no use in trying again at once. */
const MISCONFIGURED_SECONDS = 300;
const MISCONFIGURED: ReadonlySet<WireFailure> = new Set(['blocked_address', 'bad_url']);

/** What is too large or of the wrong kind stays so. */
const REFUSALS: Readonly<Record<number, string>> = {
  413: 'the body is too large for the receiver',
  414: 'the URL is too long for the receiver',
  415: 'the receiver does not take this content type',
  431: 'the headers are too large for the receiver',
};

/** Standard Webhooks 1.0.0 asks to slow down at 502 and 504 too. All three may say for how long. */
const OVERLOADED: ReadonlySet<number> = new Set([502, 503, 504]);

/** Decides about an answer; `nowMs` is for dates in Retry-After. Errors begin with a word, and can be stored. */
export function judge(answer: WireAnswer, nowMs: number): Verdict {
  if (answer.kind === 'failure') return ofFailure(answer.failure, answer.message);
  const { status } = answer;
  // The status line decides: a receiver that has the message may still fail to write its body.
  if (status >= 200 && status <= 299) return { kind: 'delivered' };
  if (status === 410) return { kind: 'gone', error: 'gone: answered 410, which asks to send nothing more' };
  const refusal = REFUSALS[status];
  if (refusal !== undefined) return { kind: 'refused', error: `refused: answered ${status}: ${refusal}` };
  const pauseSeconds = retryAfterSeconds(answer.retryAfter, nowMs);
  if (status === 429) return { kind: 'throttled', pauseSeconds, error: throttledError(pauseSeconds) };
  const overloaded = OVERLOADED.has(status);
  const pause = overloaded ? pauseSeconds : undefined;
  const error = status >= 300 && status <= 399 ? redirectError(status, answer.location) : statusError(status);
  return { kind: 'retry', connection: false, overloaded, minSeconds: pause, pauseSeconds: pause, error };
}

function ofFailure(failure: WireFailure, message: string): Verdict {
  if (failure === 'stopped') return { kind: 'stopped' };
  return {
    kind: 'retry',
    connection: true,
    overloaded: failure === 'timeout',
    minSeconds: MISCONFIGURED.has(failure) ? MISCONFIGURED_SECONDS : undefined,
    pauseSeconds: undefined,
    error: storableText(`${failure}: ${message}`, MAX_ERROR),
  };
}

function throttledError(seconds: number | undefined): string {
  return seconds === undefined
    ? 'throttled: answered 429'
    : `throttled: answered 429, and to wait for ${seconds} s`;
}

/** Redirects are not followed: a POST would become a GET of a page that says 200. Who sees the error can set the URL. */
function redirectError(status: number, location: string | undefined): string {
  const error = `redirect: answered ${status}, which is not followed`;
  if (location === undefined || location === '') return error;
  return storableText(`${error}; set the URL to ${location}`, MAX_ERROR);
}

function statusError(status: number): string {
  return `status: answered ${status}`;
}

import { derive, type Random } from '../random.ts';

/** What a receiver does with the requests that come to it. */
export interface Behaviour {
  /** Statuses with the shares of the requests that they answer; the shares add up to 1. */
  readonly statuses: readonly { readonly status: number; readonly share: number }[];
  /** How long it waits before it answers, drawn between these bounds. */
  readonly delayMs: { readonly from: number; readonly to: number };
  /** Share of the requests that are never answered. */
  readonly hang: number;
  /** Share of the requests whose connection is reset instead of an answer. */
  readonly reset: number;
  /** Value of the header Retry-After that goes with 429 and 503. */
  readonly retryAfter: string | undefined;
}

/** Answers every request with 200, at once. */
export const FRIENDLY: Behaviour = {
  statuses: [{ status: 200, share: 1 }],
  delayMs: { from: 0, to: 0 },
  hang: 0,
  reset: 0,
  retryAfter: undefined,
};

/** What became of one request: a status, no answer, or a reset connection. */
export type Reaction = number | 'hang' | 'reset';

/** Draws the reactions of one endpoint. The same seed and name give the same ones, whatever other endpoints get. */
export class Reactions {
  readonly #random: Random;

  constructor(seed: number, endpoint: string) {
    this.#random = derive(`receiver ${seed} ${endpoint}`).random;
  }

  /** Draws as many numbers whatever the behaviour is, so that one changed share changes few reactions. */
  next({ statuses, delayMs, hang, reset }: Behaviour): {
    readonly reaction: Reaction;
    readonly delayMs: number;
  } {
    const [fate, which, wait] = [this.#random.next(), this.#random.next(), this.#random.next()];
    return {
      reaction: fate < hang ? 'hang' : fate < hang + reset ? 'reset' : statusAt(statuses, which),
      delayMs: delayMs.from + wait * (delayMs.to - delayMs.from),
    };
  }
}

function statusAt(statuses: Behaviour['statuses'], point: number): number {
  let passed = 0;
  for (const { status, share } of statuses) {
    passed += share;
    if (point < passed) return status;
  }
  return statuses.at(-1)?.status ?? 200; // the shares add up to a little less than 1
}

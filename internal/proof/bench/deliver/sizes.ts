/** How much each measurement delivers. */
export interface Sizes {
  /** Messages in the backlog of one endpoint, of 100, and over TLS. */
  readonly backlog: number;
  /** Endpoints where there are many, and the messages that wait for all of them. */
  readonly endpoints: number;
  readonly manyBacklog: number;
  /** Messages that wait for an endpoint that hangs, or is down. */
  readonly waiting: number;
  /** Messages for endpoints that fail in several ways. */
  readonly failing: number;
  /** Duration of measurements at a steady rate. */
  readonly seconds: number;
  /** Of an endpoint that hangs. */
  readonly timeoutSeconds: number;
}

const QUICK: Sizes = {
  backlog: 20_000,
  endpoints: 10_000,
  manyBacklog: 40_000,
  waiting: 40_000,
  failing: 8_000,
  seconds: 15,
  timeoutSeconds: 4,
};

const FULL: Sizes = {
  backlog: 200_000,
  endpoints: 10_000,
  manyBacklog: 1_000_000,
  waiting: 1_000_000,
  failing: 1_000_000,
  seconds: 60,
  timeoutSeconds: 15,
};

/** @param messages instead of every number of messages */
export function sizesOf({ full, messages }: { readonly full: boolean; readonly messages?: number }): Sizes {
  const sizes = full ? FULL : QUICK;
  if (messages === undefined) return sizes;
  return {
    ...sizes,
    backlog: messages,
    manyBacklog: messages,
    waiting: messages,
    failing: messages,
    endpoints: Math.min(sizes.endpoints, messages),
  };
}

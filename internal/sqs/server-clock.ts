import type { SQSClient } from '@aws-sdk/client-sqs';

/** By how much the clock of a server is ahead of ours; the true offset is at most `withinSeconds` from `seconds`. */
interface ServerOffset {
  readonly seconds: number;
  readonly withinSeconds: number;
}

/**
 * Watches the `Date` header of whatever SQS answers to a client, refusals included. Returns what it says of SQS's clock,
 * undefined while nothing came that has one.
 */
export function watchServerClock(
  client: SQSClient,
  now: () => number = () => Date.now(),
): () => ServerOffset | undefined {
  let best: ServerOffset | undefined;
  client.middlewareStack.add(
    (next) => async (args) => {
      const sentMs = now();
      const answered = await next(args);
      const { headers } = answered.response as { headers?: Record<string, string> };
      const offset = offsetOf(headers?.['date'], sentMs, now());
      if (offset !== undefined && offset.withinSeconds < (best?.withinSeconds ?? Number.POSITIVE_INFINITY))
        best = offset;
      return answered;
    },
    // Inside the part that reads the answer: it throws for a refusal, and that has a date as well.
    { name: 'watchServerClock', step: 'deserialize', priority: 'low', override: true },
  );
  return () => best;
}

/** The header has whole seconds, and was written between sending and receiving. */
export function offsetOf(
  date: string | undefined,
  sentMs: number,
  receivedMs: number,
): ServerOffset | undefined {
  const serverMs = Date.parse(date ?? '');
  if (Number.isNaN(serverMs)) return undefined;
  return {
    seconds: (serverMs + 500 - (sentMs + receivedMs) / 2) / 1000,
    withinSeconds: (500 + (receivedMs - sentMs) / 2) / 1000,
  };
}

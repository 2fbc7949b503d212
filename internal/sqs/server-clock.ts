import type { SQSClient } from '@aws-sdk/client-sqs';

/** How far the server's clock is ahead of ours; the true offset is at most `withinSeconds` from `seconds`. */
interface ServerOffset {
  readonly seconds: number;
  readonly withinSeconds: number;
}

/**
 * Watches the `Date` header of every answer of SQS to the client, refusals included. The returned function gives the most
 * precise offset so far, undefined before the first answer with a date.
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
    // Runs inside the step that reads the answer, which throws for a refusal: a refusal has a date as well.
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

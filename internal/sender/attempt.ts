import type { Verdict } from './outcome.ts';
import { nextAttempt } from './retry-schedule.ts';
import type { AttemptFact, AttemptOutcome, DeadDelivery, Endpoint, Retry } from './ports.ts';
import type { WireAnswer } from './wire/ports.ts';
import type { Item, Wanted } from './item.ts';

/** A delivery without a schedule that was sent as a probe goes on after that; the breaker decides when it is sent again. */
const PROBED_SECONDS = [5];

/** What is to be written down about a delivery, in one transaction. */
export interface Effects {
  readonly fact: AttemptFact | undefined;
  /** How it goes on; undefined when it is settled. */
  readonly retry: Retry | undefined;
  readonly dead: DeadDelivery | undefined;
  /** Why the endpoint is to be disabled. */
  readonly disabled: string | undefined;
  /** Nothing of this endpoint begins before. */
  readonly pausedUntilMs: number | undefined;
}

/** A request that was made. */
interface Request {
  /** UUIDv7 of the attempt. */
  readonly id: string;
  readonly digest: string;
  readonly answer: WireAnswer;
  readonly milliseconds: number;
  /** How long the endpoint pauses if it asks for that without saying how long. */
  readonly backOffSeconds: number;
  /** Whether it found out if the endpoint is back: then a failure uses up no attempt. */
  readonly isProbe: boolean;
}

/** Decides how a delivery goes on after a request, from what the answer was judged to be. */
export function effectsOf(
  item: Item,
  endpoint: Endpoint,
  request: Request,
  verdict: Exclude<Verdict, { kind: 'stopped' }>,
  nowMs: number,
): Effects {
  const before = item.retry?.attempts ?? 0;
  const fact = (outcome: AttemptOutcome, error?: string): AttemptFact => ({
    ...keyOf(item),
    id: request.id,
    number: before + 1,
    outcome,
    status: statusOf(request.answer),
    error,
    response: request.answer.kind === 'response' ? request.answer.text : undefined,
    milliseconds: Math.round(request.milliseconds),
    bodyDigest: request.digest,
  });
  const again = (dueAtMs: number, attempts: number, error: string): Retry => ({
    ...keyOf(item),
    dueAtMs,
    attempts,
    firstFailedAtMs: item.retry?.firstFailedAtMs ?? nowMs,
    lastStatus: statusOf(request.answer),
    lastError: error,
  });
  const died = (reason: DeadDelivery['reason'], error: string): Effects => ({
    ...NOTHING,
    fact: fact('dead', error),
    dead: {
      ...keyOf(item),
      diedAtMs: nowMs,
      attempts: before + 1,
      reason,
      lastStatus: statusOf(request.answer),
      lastError: error,
    },
  });
  switch (verdict.kind) {
    case 'delivered':
      return { ...NOTHING, fact: fact('delivered') };
    case 'refused':
      return died('refused', verdict.error);
    case 'gone':
      return {
        ...NOTHING,
        fact: fact('throttled', verdict.error),
        retry: again(nowMs, before, verdict.error),
        disabled: verdict.error,
      };
    case 'throttled': {
      const pausedUntilMs = nowMs + (verdict.pauseSeconds ?? request.backOffSeconds) * 1000;
      return {
        ...NOTHING,
        fact: fact('throttled', verdict.error),
        retry: again(pausedUntilMs, before, verdict.error),
        pausedUntilMs,
      };
    }
    case 'retry': {
      const pausedUntilMs =
        verdict.pauseSeconds === undefined ? undefined : nowMs + verdict.pauseSeconds * 1000;
      const next = nextAttempt({
        attempts: request.isProbe ? Math.max(1, before) : before + 1,
        retrySeconds:
          request.isProbe && endpoint.retrySeconds.length === 0 ? PROBED_SECONDS : endpoint.retrySeconds,
        firstFailedAtMs: item.retry?.firstFailedAtMs ?? nowMs,
        nowMs,
        minSeconds: verdict.minSeconds,
        random: Math.random(),
      });
      if (next.kind === 'dead') return { ...died(next.reason, verdict.error), pausedUntilMs };
      return {
        ...NOTHING,
        fact: fact('failed', verdict.error),
        retry: again(next.dueAtMs, request.isProbe ? before : before + 1, verdict.error),
        pausedUntilMs,
      };
    }
  }
}

/** Its message is not due yet. */
export function delayed(item: Item): Effects {
  const retry: Retry = {
    ...keyOf(item),
    dueAtMs: item.message.deliverAfterMs ?? 0,
    attempts: 0,
    firstFailedAtMs: undefined,
    lastStatus: undefined,
    lastError: undefined,
  };
  return { ...NOTHING, retry };
}

/** Its message is gone: retention has dropped it. */
export function lost(wanted: Wanted, id: string, nowMs: number): Effects {
  const error = 'the message was deleted by the retention before it could be delivered';
  return unsent(wanted, { id, nowMs, outcome: 'lost', reason: 'lost', error });
}

/** No request can be made of its message. @param name of the error */
export function unsendable(wanted: Wanted, id: string, name: string, nowMs: number): Effects {
  const error = `unsendable: no request can be made of the message (${name})`;
  return unsent(wanted, { id, nowMs, outcome: 'dead', reason: 'refused', error });
}

interface Unsent {
  readonly id: string;
  readonly nowMs: number;
  readonly outcome: AttemptOutcome;
  readonly reason: DeadDelivery['reason'];
  readonly error: string;
}

/** It is given up without a request. */
function unsent(wanted: Wanted, { id, nowMs, outcome, reason, error }: Unsent): Effects {
  const number = (wanted.retry?.attempts ?? 0) + 1;
  const common = { ...keyOf(wanted), lastStatus: undefined, lastError: error };
  return {
    ...NOTHING,
    fact: {
      ...keyOf(wanted),
      id,
      number,
      outcome,
      status: undefined,
      error,
      response: undefined,
      milliseconds: 0,
      bodyDigest: undefined,
    },
    dead: { ...common, diedAtMs: nowMs, attempts: number - 1, reason },
  };
}

/** The request was given up at the end of the process, so nobody knows whether it arrived; the delivery begins again. */
export function givenUp(item: Item, request: Request): AttemptFact {
  return {
    ...keyOf(item),
    id: request.id,
    number: (item.retry?.attempts ?? 0) + 1,
    outcome: 'failed',
    status: undefined,
    error: 'stopped: the sender ended before there was an answer',
    response: undefined,
    milliseconds: Math.round(request.milliseconds),
    bodyDigest: request.digest,
  };
}

const NOTHING: Effects = {
  fact: undefined,
  retry: undefined,
  dead: undefined,
  disabled: undefined,
  pausedUntilMs: undefined,
};

function keyOf({ endpoint, unit, messageId }: Wanted) {
  return { endpoint, unit, messageId };
}

function statusOf(answer: WireAnswer): number | undefined {
  return answer.kind === 'response' ? answer.status : undefined;
}

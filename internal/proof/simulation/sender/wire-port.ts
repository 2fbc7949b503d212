import type { Random } from '../../../load/random.ts';
import type { Wire, WireAnswer } from '../../../sender/wire/ports.ts';
import type { VirtualClock } from '../clock.ts';
import type { Trace } from '../trace.ts';
import type { Deliveries } from './deliveries.ts';
import type { Life } from './life.ts';
import { FINE, failure, react } from './receivers.ts';
import { isSuccess, type Requests, type Sent } from './requests.ts';
import { type Fail, isBefore, nameOf, type Tracked } from './tracked.ts';

interface WireParts {
  readonly clock: VirtualClock;
  readonly random: Random;
  readonly trace: Trace;
  readonly database: Deliveries;
  readonly requests: Requests;
  readonly tracked: ReadonlyMap<number, Tracked>;
  readonly isQuiet: () => boolean;
  readonly fail: Fail;
}

/** The way of one process to the receivers. What is under way arrives, whatever becomes of the process. */
export function wirePort(life: Life, parts: WireParts): Wire {
  const { clock, requests, tracked, trace } = parts;
  return {
    post: (request, signal) =>
      new Promise((resolve) => {
        if (!life.alive) return;
        const sent = requests.begin(life, request);
        const of = sent === undefined ? undefined : tracked.get(sent.endpoint);
        if (sent === undefined || of === undefined) return;
        let isSettled = false;
        const settle = (answer: WireAnswer) => {
          life.tell(() => {
            if (isSettled) return;
            isSettled = true;
            timeout.cancelled = true;
            signal.removeEventListener('abort', stopped);
            requests.ended(sent, answer);
            trace.note(
              () => `${wordsOf(sent, parts)}: ${answer.kind === 'failure' ? answer.failure : answer.status}`,
            );
            resolve(answer);
          });
        };
        const stopped = () => settle(failure('stopped'));
        const timeout = clock.after(request.timeoutMs, () => settle(failure('timeout')));
        if (signal.aborted) stopped();
        else signal.addEventListener('abort', stopped, { once: true });
        trace.note(() => `${wordsOf(sent, parts)}: begins`);
        travel(sent, of, settle, parts);
      }),
  };
}

function wordsOf({ life, endpoint, messageId }: Sent, { database }: WireParts): string {
  const stored = database.storedById.get(messageId);
  return `${life.name} sends ${stored === undefined ? messageId : nameOf(stored)} to ${endpoint}`;
}

function travel(sent: Sent, of: Tracked, settle: (answer: WireAnswer) => void, parts: WireParts): void {
  const { clock, random, isQuiet } = parts;
  const halfMs = () => random.between(0.2, isQuiet() ? 5 : of.receiver.slowMs / 2);
  clock.after(halfMs(), () => {
    const { takes, answer } = isQuiet() ? FINE : react(of.receiver, clock.nowMs, random);
    if (takes) take(sent, of, isSuccess(answer), parts);
    if (answer !== undefined) clock.after(halfMs(), () => settle(answer));
  });
}

/** The receiver has got it. Those that asked for it get messages in the order of their lane. */
function take({ messageId }: Sent, of: Tracked, isAnswered: boolean, { database, fail }: WireParts): void {
  const stored = database.storedById.get(messageId);
  const times = of.received.get(messageId) ?? 0;
  of.received.set(messageId, times + 1);
  if (!of.ordered || times > 0 || stored === undefined || of.replays.has(messageId) || !isAnswered) return;
  if (!of.alwaysWants(stored.message.eventType)) return; // it may have been skipped at first
  if (stored.message.deliverAfterMs !== undefined || database.deadRows.has(`${of.number}/0/${messageId}`))
    return;
  if (of.furthest !== undefined && isBefore(stored, of.furthest))
    fail(`endpoint ${of.number} got ${nameOf(stored)} after ${nameOf(of.furthest)}`);
  else of.furthest = stored;
}

import type { Inbox, Receipt, ReceiptFailure } from '../../processor/ports.ts';
import type { VirtualClock } from './clock.ts';
import type { Expectations, Fail } from './expectations.ts';
import type { Life } from './life.ts';
import { QUEUE, type Queue } from './queue.ts';
import type { Call, Wire } from './wire.ts';

const PATIENCE_MS = 35_000;
const RECEIVE_SILENCE_MS = 10_000;

interface InboxPortParts {
  readonly clock: VirtualClock;
  readonly queue: Queue;
  readonly wire: Wire;
  readonly expectations: Expectations;
  readonly fail: Fail;
}

/**
 * The queue as one processor reaches it. Every call goes over the wire and is checked against the rules when
 * it is made.
 */
export function inboxPort(life: Life, parts: InboxPortParts): Inbox {
  const { queue } = parts;
  const wire: Pick<Wire, 'call'> = {
    call: (call) => {
      if (life.ended && life.alive) parts.fail(`${life.name} calls SQS after its end: ${call.words()}`);
      return parts.wire.call(call);
    },
  };
  const common = {
    life,
    service: 'queue',
    patienceMs: PATIENCE_MS,
    failure: (words: string) => new Error(`SQS: ${words}`),
  } as const;
  return {
    queue: QUEUE,
    messagesPerCall: 10,
    receive: (maxMessages, waitSeconds, signal) => {
      if (life.alive) life.witness.checkReceive();
      return wire.call({
        ...common,
        signal,
        words: () => `receives up to ${maxMessages}`,
        patienceMs: waitSeconds * 1000 + RECEIVE_SILENCE_MS,
        effect: (isGone) => queue.receive(maxMessages, waitSeconds * 1000, isGone),
        answered: (messages) => {
          life.witness.received(messages);
          for (const { sqsMessageId } of messages)
            life.witness.eventsGiven += parts.expectations.itemsOf(sqsMessageId).length;
        },
      });
    },
    acknowledge: (receipts, signal) => wire.call({ ...common, signal, ...deleting(life, receipts, parts) }),
    changeVisibility: (receipts, seconds, signal) =>
      wire.call({ ...common, signal, ...changing(life, receipts, seconds, parts) }),
    remaining: (signal) =>
      wire.call({ ...common, signal, words: () => 'asks what remains', effect: () => queue.size }),
  };
}

type Effects = Pick<Call<ReceiptFailure[]>, 'words' | 'effect' | 'answered' | 'failed'>;

function deleting(life: Life, given: readonly Receipt[], parts: InboxPortParts): Effects {
  const { witness } = life;
  const receipts = given.map(({ sqsMessageId, receiptHandle }) => ({ sqsMessageId, receiptHandle }));
  for (const { sqsMessageId, receiptHandle } of receipts) {
    if (life.alive) parts.expectations.checkDelete(sqsMessageId);
    if (life.alive && !witness.isNewestHandle({ sqsMessageId, receiptHandle }))
      parts.fail(`${life.name} deletes ${sqsMessageId} with an old handle`);
    witness.owedDeletes.delete(sqsMessageId);
  }
  const owed = (sqsMessageId: string) => {
    witness.owedDeletes.add(sqsMessageId);
    witness.excuse(sqsMessageId);
  };
  return {
    words: () => `deletes ${idsOf(receipts)}`,
    effect: () => parts.queue.delete(receipts),
    answered: (failures) => {
      for (const { sqsMessageId, receiptHandle } of receipts) {
        const failure = failures.find((each) => each.sqsMessageId === sqsMessageId);
        if (failure?.retryable === true || !witness.isNewestHandle({ sqsMessageId, receiptHandle }))
          witness.owedDeletes.add(sqsMessageId);
        if (failure !== undefined) witness.excuse(sqsMessageId);
      }
    },
    failed: () => {
      for (const { sqsMessageId } of receipts) owed(sqsMessageId);
    },
  };
}

function changing(
  { witness }: Life,
  given: readonly Receipt[],
  seconds: number,
  parts: InboxPortParts,
): Effects {
  const receipts = given.map(({ sqsMessageId, receiptHandle }) => ({ sqsMessageId, receiptHandle }));
  const untilMs = parts.clock.nowMs + seconds * 1000;
  return {
    words: () => `hides ${idsOf(receipts)} for ${seconds} s`,
    effect: () => parts.queue.changeVisibility(receipts, seconds),
    answered: (failures) => {
      for (const { sqsMessageId, receiptHandle } of receipts) {
        const failure = failures.find((each) => each.sqsMessageId === sqsMessageId);
        if (failure !== undefined) witness.excuse(sqsMessageId);
        if (seconds === 0 || failure?.retryable === true) continue;
        const refused = failure !== undefined;
        witness.extended({ sqsMessageId, receiptHandle }, refused ? Number.NEGATIVE_INFINITY : untilMs);
      }
    },
    failed: () => {
      for (const { sqsMessageId } of receipts) witness.excuse(sqsMessageId);
    },
  };
}

function idsOf(receipts: readonly Receipt[]): string {
  return receipts.map(({ sqsMessageId }) => sqsMessageId).join(' ');
}

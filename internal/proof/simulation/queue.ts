import type { Receipt, ReceiptFailure, ReceivedMessage } from '../../processor/ports.ts';
import type { VirtualClock } from './clock.ts';
import type { Random } from '../../load/random.ts';
import type { QueueHabits } from './scenario.ts';
import type { Weather } from './weather.ts';

interface Held {
  readonly sqsMessageId: string;
  readonly body: string;
  readonly attributes: ReceivedMessage['attributes'];
  readonly systemAttributes: ReceivedMessage['systemAttributes'];
  receiveCount: number;
  /** The newest handle. */
  receiptHandle: string;
  visibleAtMs: number;
}

interface Poll {
  readonly maxMessages: number;
  readonly isGone: () => boolean;
  readonly answer: (messages: ReceivedMessage[]) => void;
}

interface QueueParts {
  readonly clock: VirtualClock;
  readonly random: Random;
  readonly weather: Weather;
  readonly habits: QueueHabits;
  readonly visibilityTimeoutSeconds: number;
}

/** Name of the simulated queue. */
export const QUEUE = 'simulated';

/**
 * The part of SQS that the pipeline uses: a standard queue that does everything a standard queue is allowed
 * to do.
 */
export class Queue {
  readonly #parts: QueueParts;
  readonly #messages = new Map<string, Held>();
  readonly #polls = new Set<Poll>();
  #handles = 0;

  constructor(parts: QueueParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#messages.size;
  }

  get messageIds(): string[] {
    return [...this.#messages.keys()];
  }

  /** The newest handle of a message and how long the message is hidden; undefined once deleted. */
  look(sqsMessageId: string): { readonly receiptHandle: string; readonly visibleAtMs: number } | undefined {
    return this.#messages.get(sqsMessageId);
  }

  send({ attributes, ...message }: Pick<ReceivedMessage, 'sqsMessageId' | 'body' | 'attributes'>): void {
    const { nowMs } = this.#parts.clock;
    this.#messages.set(message.sqsMessageId, {
      ...message,
      attributes,
      systemAttributes: { SentTimestamp: `${nowMs}` },
      receiveCount: 0,
      receiptHandle: '',
      visibleAtMs: nowMs,
    });
    this.#answerPolls();
  }

  /** A long poll. */
  receive(maxMessages: number, waitMs: number, isGone: () => boolean): Promise<ReceivedMessage[]> {
    return new Promise((resolve) => {
      const poll: Poll = {
        maxMessages,
        isGone,
        answer: (messages) => {
          this.#polls.delete(poll);
          resolve(messages);
        },
      };
      if (this.#parts.weather.strikes(this.#parts.habits.emptyAnswer)) return poll.answer([]);
      this.#polls.add(poll);
      this.#answerPolls();
      this.#parts.clock.after(waitMs, () => {
        if (this.#polls.has(poll)) poll.answer(poll.isGone() ? [] : this.#handOut(maxMessages));
      });
    });
  }

  delete(receipts: readonly Receipt[]): ReceiptFailure[] {
    const { habits, weather } = this.#parts;
    return this.#eachEntry(receipts, ({ sqsMessageId, receiptHandle }) => {
      const held = this.#messages.get(sqsMessageId);
      // A delete with a stale handle succeeds, and as a rule deletes nothing.
      if (held?.receiptHandle === receiptHandle || weather.strikes(habits.staleDeletes)) {
        this.#messages.delete(sqsMessageId);
      }
      return null;
    });
  }

  changeVisibility(receipts: readonly Receipt[], seconds: number): ReceiptFailure[] {
    const { clock } = this.#parts;
    const failures = this.#eachEntry(receipts, ({ sqsMessageId, receiptHandle }) => {
      const held = this.#messages.get(sqsMessageId);
      if (held === undefined || held.visibleAtMs <= clock.nowMs) return 'MessageNotInflight';
      if (held.receiptHandle === receiptHandle) this.#hide(held, seconds);
      return null;
    });
    this.#answerPolls();
    return failures;
  }

  #eachEntry(receipts: readonly Receipt[], act: (receipt: Receipt) => string | null): ReceiptFailure[] {
    const { habits, random, weather } = this.#parts;
    return receipts.flatMap((receipt): ReceiptFailure[] => {
      const { sqsMessageId } = receipt;
      if (weather.strikes(habits.failedEntry)) {
        if (random.chance(0.5)) act(receipt);
        return [{ sqsMessageId, retryable: true, error: 'InternalError' }];
      }
      if (weather.strikes(habits.refusedEntry)) {
        return [{ sqsMessageId, retryable: false, error: 'ReceiptHandleIsInvalid' }];
      }
      const error = act(receipt);
      return error === null ? [] : [{ sqsMessageId, retryable: false, error }];
    });
  }

  #answerPolls(): void {
    for (const poll of this.#polls) {
      if (poll.isGone()) {
        poll.answer([]);
        continue;
      }
      const messages = this.#handOut(poll.maxMessages);
      if (messages.length === 0) return;
      poll.answer(messages);
    }
  }

  #handOut(maxMessages: number): ReceivedMessage[] {
    const { clock, random, weather, habits } = this.#parts;
    const all = [...this.#messages.values()];
    const visible = all.filter(({ visibleAtMs }) => visibleAtMs <= clock.nowMs);
    const out = weather.quiet ? visible : random.shuffled(visible);
    // A message in flight may also be delivered to another receiver, or again to the same one, even within
    // one response.
    if (visible.length > 0 && weather.strikes(habits.duplicate)) out.unshift(random.pick(all));
    return out.slice(0, maxMessages).map((held) => this.#receiveOne(held));
  }

  #receiveOne(held: Held): ReceivedMessage {
    this.#handles += 1;
    held.receiptHandle = `handle-${this.#handles}`;
    held.receiveCount += 1;
    this.#hide(held, this.#parts.visibilityTimeoutSeconds);
    const { visibleAtMs: _, ...message } = held;
    return { ...message, sentAtMs: Number(held.systemAttributes['SentTimestamp']), group: undefined };
  }

  #hide(held: Held, seconds: number): void {
    const { clock } = this.#parts;
    held.visibleAtMs = clock.nowMs + seconds * 1000;
    clock.after(seconds * 1000, () => this.#answerPolls());
  }
}

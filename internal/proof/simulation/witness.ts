import { type Receipt, type ReceivedMessage, type StorableEvent, StoreError } from '../../processor/ports.ts';
import type { Fail } from './expectations.ts';

/** The processor drops work whose lease has less than that left. */
const LEASE_MARGIN_MS = 1_000;

/** What a processor was told of a message. */
interface Lease {
  receiptHandle: string;
  /** Until when it may take the message for its own, as far as it was told. */
  untilMs: number;
  /** Something went wrong with a delete, a change of visibility or a rejection: it may stay hidden at the end. */
  excused: boolean;
}

/** A batch that found PostgreSQL away and was not seen to come through since. */
interface FailedBatch {
  readonly keys: readonly string[];
  /** The leases that it is known to have. */
  readonly leases: readonly Lease[];
}

interface WitnessParts {
  readonly name: string;
  readonly now: () => number;
  readonly visibilityTimeoutMs: number;
  readonly fail: Fail;
}

/** What one processor was told, call by call, and what it therefore may and must not do. */
export class Witness {
  /** Nothing went wrong with any call of it. */
  undisturbed = true;
  /** It met a lock: messages may be hidden from others for a while. */
  postpones = false;
  /** No call of it took long. */
  unhurried = true;
  readonly leases = new Map<string, Lease>();
  /** Messages whose delete was reported as failed and not tried again since. */
  readonly owedDeletes = new Set<string>();
  /** Message ids of rows it was answered `stored` for. */
  readonly storedIds = new Set<string>();
  /** Events in the messages that it was given. */
  eventsGiven = 0;
  readonly #parts: WitnessParts;
  /** It was told that PostgreSQL is away, and nothing else since. */
  #away = false;
  #failedBatches: FailedBatch[] = [];
  /** Events that were given to the store, and whether that ended with PostgreSQL being away. */
  readonly #givenToStore = new Map<string, 'away' | 'answered'>();

  constructor(parts: WitnessParts) {
    this.#parts = parts;
  }

  /** While PostgreSQL is away, nothing is received. */
  checkReceive(): void {
    // A batch whose leases all ran out is given back, and then receiving goes on: somebody has to try.
    const givenUp = this.#failedBatches.some(({ leases }) => !leases.some((lease) => this.#isGood(lease)));
    if (this.#away && !givenUp) {
      this.#parts.fail(`${this.#parts.name} receives while PostgreSQL is away`);
    }
  }

  received(messages: readonly ReceivedMessage[]): void {
    const untilMs = this.#parts.now() + this.#parts.visibilityTimeoutMs;
    for (const { sqsMessageId, receiptHandle } of messages) {
      const lease = this.leases.get(sqsMessageId);
      // One that ran out is not the same any more: the work that had it was dropped, some of an array's events perhaps,
      // and then the message waits for its timeout when the others are stored.
      if (lease !== undefined && this.#isGood(lease)) Object.assign(lease, { receiptHandle, untilMs });
      else this.leases.set(sqsMessageId, { receiptHandle, untilMs, excused: lease !== undefined });
    }
  }

  extended({ sqsMessageId, receiptHandle }: Receipt, untilMs: number): void {
    const lease = this.leases.get(sqsMessageId);
    if (lease?.receiptHandle !== receiptHandle) return;
    if (this.#isGood(lease)) lease.untilMs = untilMs;
    // The work that had it was dropped perhaps: then nobody is left to release it.
    else this.leases.set(sqsMessageId, { receiptHandle, untilMs, excused: true });
  }

  /** Whether it may take the message for its own, with time enough to store it. */
  holds(sqsMessageId: string): boolean {
    const lease = this.leases.get(sqsMessageId);
    return lease !== undefined && this.#isGood(lease);
  }

  #isGood(lease: Lease): boolean {
    return lease.untilMs >= this.#parts.now() + LEASE_MARGIN_MS;
  }

  isNewestHandle({ sqsMessageId, receiptHandle }: Receipt): boolean {
    return this.leases.get(sqsMessageId)?.receiptHandle === receiptHandle;
  }

  /** Something went wrong with that message. */
  excuse(sqsMessageId: string): void {
    this.undisturbed = false;
    const lease = this.leases.get(sqsMessageId);
    if (lease !== undefined) lease.excused = true;
  }

  /** Work whose lease ran out is not begun, nor begun again. */
  checkStore(
    events: readonly StorableEvent[],
    messageOf: (event: StorableEvent) => string | undefined,
  ): void {
    for (const event of events) {
      const sqsMessageId = messageOf(event);
      const justLookedAt = this.#givenToStore.get(event.messageId) !== 'answered';
      if (sqsMessageId !== undefined && justLookedAt && !this.holds(sqsMessageId)) {
        this.#parts.fail(`${this.#parts.name} stores ${sqsMessageId} although its lease ran out`);
      }
    }
  }

  /** What the store was asked to do is done, for the events or rejections of those keys. */
  storeAnswered(keys: readonly string[]): void {
    this.#away = false;
    this.#forget(keys);
    for (const key of keys) this.#givenToStore.set(key, 'answered');
  }

  /** PostgreSQL refused a row, or is away. */
  storeFailed(error: unknown, keys: readonly string[], messageIds: readonly string[]): void {
    if (!(error instanceof StoreError) || error.kind !== 'unavailable') return this.storeAnswered(keys);
    this.#away = true;
    this.#forget(keys);
    this.#failedBatches.push({ keys, leases: messageIds.flatMap((id) => this.leases.get(id) ?? []) });
    for (const key of keys) this.#givenToStore.set(key, 'away');
  }

  /**
   * Schemas could not be read. Which batch waited for them is not to be seen from here, nor when it is given back: so
   * from now on receiving is never wrong.
   */
  schemasFailed(): void {
    this.#failedBatches.push({ keys: [], leases: [] });
  }

  /** PostgreSQL is back, whatever became of the batch that found it away. */
  schemasAnswered(): void {
    this.#away = false;
  }

  #forget(keys: readonly string[]): void {
    this.#failedBatches = this.#failedBatches.filter(
      (batch) => !batch.keys.some((key) => keys.includes(key)),
    );
  }
}

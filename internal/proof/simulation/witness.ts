import { type Receipt, type ReceivedMessage, type StorableEvent, StoreError } from '../../processor/ports.ts';
import type { Fail } from './expectations.ts';

/** The processor drops work whose lease ends sooner than this. */
const LEASE_MARGIN_MS = 1_000;

/** What a processor knows about a message. */
interface Lease {
  receiptHandle: string;
  /** End of the lease, as far as the processor knows. */
  untilMs: number;
  /** A delete, a visibility change or a rejection failed, so the message may stay hidden at the end. */
  excused: boolean;
}

/** A batch that met an outage of PostgreSQL and has not been seen to succeed since. */
interface FailedBatch {
  readonly keys: readonly string[];
  /** The leases that the batch is known to hold. */
  readonly leases: readonly Lease[];
}

interface WitnessParts {
  readonly name: string;
  readonly now: () => number;
  readonly visibilityTimeoutMs: number;
  readonly fail: Fail;
}

/** Records every result that one processor gets, to check what it may and must not do. */
export class Witness {
  /** No call of it failed. */
  undisturbed = true;
  /** It met a lock, so it may hide messages for a while. */
  postpones = false;
  /** No call of it was slow. */
  unhurried = true;
  readonly leases = new Map<string, Lease>();
  /** Messages whose delete failed and was not retried since. */
  readonly owedDeletes = new Set<string>();
  /** Message ids of rows that the store reported as `stored`. */
  readonly storedIds = new Set<string>();
  /** Number of events in the messages that it received. */
  eventsGiven = 0;
  readonly #parts: WitnessParts;
  /** The last result says that PostgreSQL is away. */
  #away = false;
  #failedBatches: FailedBatch[] = [];
  /** Events that were passed to the store, and whether the last call ended in an outage. */
  readonly #givenToStore = new Map<string, 'away' | 'answered'>();

  constructor(parts: WitnessParts) {
    this.#parts = parts;
  }

  /** Nothing may be received while PostgreSQL is away. */
  checkReceive(): void {
    // A batch whose leases have all expired is given back, and receiving resumes: only new work can show that
    // PostgreSQL is back.
    const givenUp = this.#failedBatches.some(({ leases }) => !leases.some((lease) => this.#isGood(lease)));
    if (this.#away && !givenUp) {
      this.#parts.fail(`${this.#parts.name} receives while PostgreSQL is away`);
    }
  }

  received(messages: readonly ReceivedMessage[]): void {
    const untilMs = this.#parts.now() + this.#parts.visibilityTimeoutMs;
    for (const { sqsMessageId, receiptHandle } of messages) {
      const lease = this.leases.get(sqsMessageId);
      // An expired lease is not renewed: its work was dropped, perhaps only some events of an array. When the
      // others are stored, the message waits for its visibility timeout.
      if (lease !== undefined && this.#isGood(lease)) Object.assign(lease, { receiptHandle, untilMs });
      else this.leases.set(sqsMessageId, { receiptHandle, untilMs, excused: lease !== undefined });
    }
  }

  extended({ sqsMessageId, receiptHandle }: Receipt, untilMs: number): void {
    const lease = this.leases.get(sqsMessageId);
    if (lease?.receiptHandle !== receiptHandle) return;
    if (this.#isGood(lease)) lease.untilMs = untilMs;
    // Its work may have been dropped; then nothing releases the message.
    else this.leases.set(sqsMessageId, { receiptHandle, untilMs, excused: true });
  }

  /** Whether the lease lasts long enough to store the message. */
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

  /** Notes that something went wrong with the message. */
  excuse(sqsMessageId: string): void {
    this.undisturbed = false;
    const lease = this.leases.get(sqsMessageId);
    if (lease !== undefined) lease.excused = true;
  }

  /** Work whose lease has expired must not be stored, nor retried. */
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

  /** The store completed a call for the events or rejections with those keys. */
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
   * Schemas could not be read. The witness cannot tell which batch waited for them, nor when it is given
   * back, so from now on it allows every receive.
   */
  schemasFailed(): void {
    this.#failedBatches.push({ keys: [], leases: [] });
  }

  /** PostgreSQL is back, whatever became of the batch that met the outage. */
  schemasAnswered(): void {
    this.#away = false;
  }

  #forget(keys: readonly string[]): void {
    this.#failedBatches = this.#failedBatches.filter(
      (batch) => !batch.keys.some((key) => keys.includes(key)),
    );
  }
}

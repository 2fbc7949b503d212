import { uuid7LowerBound } from '../../event/uuid7.ts';
import {
  type AttemptFact,
  type DeadDelivery,
  type DeliveryKey,
  type Endpoint,
  type Lane,
  type Mark,
  type Message,
  type Position,
  type Retry,
  SHARDS,
} from '../../sender/ports.ts';
import { endpointOf, lanesOfBatch, messageOf } from './delivery-rows.ts';

/** The same text for the same delivery. */
export function keyOf({ endpoint, unit, messageId }: DeliveryKey): string {
  return `${endpoint}/${unit}/${messageId}`;
}

/** A storing transaction that is not committed: it holds back the horizon, and nobody sees its lanes. */
interface OpenTransaction {
  readonly xid: Position;
  add(...messages: readonly Partial<Message>[]): Message[];
  commit(): void;
  rollback(): void;
}

interface ShardRow {
  readonly id: number;
  owner: string | undefined;
  epoch: number;
  untilMs: number;
}

/** A shard that nobody holds. */
export const FREE = { owner: undefined, untilMs: -Infinity };

/**
 * The rows of the sender's store in memory, and what changes them from outside: those who store messages, and operators. The
 * clock is a function, and ids are counted, so that a run can be repeated exactly.
 */
export class MemoryDeliveryRows {
  protected readonly now: () => number;
  /** Until when the processes count as alive, by their ids. */
  protected readonly senders = new Map<string, number>();
  /** In the order of xid. */
  protected readonly committed: Lane[] = [];
  protected lastRevision = 0;
  readonly #open = new Set<Position>();
  #nextXid = 1_000n;
  #minted = 0;
  #lastNumber = 0;
  readonly shards: readonly ShardRow[] = Array.from({ length: SHARDS }, (_, id) => ({
    ...FREE,
    id,
    epoch: 0,
  }));
  readonly endpointRows = new Map<number, Endpoint>();
  readonly messageRows = new Map<string, Message>();
  readonly markRows = new Map<number, Mark>();
  /** By id and endpoint, in the order in which they were written. */
  readonly facts = new Map<string, AttemptFact>();
  readonly retryRows = new Map<string, Retry>();
  readonly deadRows = new Map<string, DeadDelivery>();
  /** Why endpoints were disabled, by number. */
  readonly disabled = new Map<number, string>();

  constructor(now: () => number) {
    this.now = now;
  }

  /** An id of the current time, greater than those before. */
  mintId(): string {
    this.#minted += 1;
    const beginning = uuid7LowerBound(Math.floor(this.now())).slice(0, 14);
    return `${beginning}7000-8000-${this.#minted.toString(16).padStart(12, '0')}`;
  }

  /** Its mark begins with what is stored from now on. */
  addEndpoint(given: Partial<Endpoint> = {}): Endpoint {
    const number = given.number ?? this.#lastNumber + 1;
    this.#lastNumber = Math.max(this.#lastNumber, number);
    this.lastRevision += 1;
    const endpoint = endpointOf({ ...given, revision: this.lastRevision }, number);
    this.endpointRows.set(number, endpoint);
    const counts = { lastSuccessAtMs: undefined, failingSinceMs: undefined, failures: 0 };
    const factsFrom = uuid7LowerBound(Math.floor(this.now()));
    this.markRows.set(number, { endpoint: number, xid: this.#nextXid, factsFrom, ...counts });
    return endpoint;
  }

  changeEndpoint(number: number, change: Partial<Endpoint>): void {
    this.lastRevision += 1;
    const endpoint = this.endpointRows.get(number) as Endpoint;
    this.endpointRows.set(number, { ...endpoint, ...change, revision: this.lastRevision });
  }

  removeEndpoint(number: number): void {
    this.lastRevision += 1;
    this.endpointRows.delete(number);
    this.markRows.delete(number);
    for (const rows of [this.retryRows, this.deadRows])
      for (const [key, { endpoint }] of rows) if (endpoint === number) rows.delete(key);
  }

  /** Begins a storing transaction; with an id of its own choice, it must be greater than those before. */
  begin(xid: Position = this.#nextXid): OpenTransaction {
    if (xid < this.#nextXid) throw new Error(`the transaction id ${xid} is taken`);
    this.#nextXid = xid + 1n;
    this.#open.add(xid);
    const added: Message[] = [];
    return {
      xid,
      add: (...messages) => {
        const made = messages.map((given) => messageOf(given, given.id ?? this.mintId()));
        added.push(...made);
        return made;
      },
      commit: () => {
        this.#open.delete(xid);
        for (const message of added) this.messageRows.set(message.id, message);
        const inOrder = xid >= (this.committed.at(-1)?.xid ?? xid);
        this.committed.push(...lanesOfBatch(xid, added));
        if (!inOrder) this.committed.sort((a, b) => Number(a.xid - b.xid));
      },
      rollback: () => {
        this.#open.delete(xid);
      },
    };
  }

  /** Stores messages in one transaction. */
  add(...messages: readonly Partial<Message>[]): Message[] {
    const transaction = this.begin();
    const made = transaction.add(...messages);
    transaction.commit();
    return made;
  }

  /** Ends the lease of a process, as if it had not been heard of. */
  expire(owner: string): void {
    this.senders.delete(owner);
    for (const shard of this.shards) if (shard.owner === owner) shard.untilMs = -Infinity;
  }

  /** A position below which no lane will appear any more. */
  protected position(): Position {
    return [...this.#open].reduce((least, xid) => (xid < least ? xid : least), this.#nextXid);
  }
}

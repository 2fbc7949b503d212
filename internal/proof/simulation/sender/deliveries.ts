import type { Endpoint, Lane, Message, Position } from '../../../sender/ports.ts';
import { lanesOfBatch } from '../../kit/delivery-rows.ts';
import { MemoryDeliveryStore } from '../../kit/memory-delivery-store.ts';

/** A message that is committed. */
export interface Stored {
  readonly message: Message;
  readonly xid: Position;
  readonly committedAtMs: number;
}

/** A storing transaction. */
interface Storing {
  commit(): void;
  rollback(): void;
}

/** The database of the sender, with what processors and operators do there. */
export class Deliveries extends MemoryDeliveryStore {
  readonly stored: Stored[] = [];
  readonly storedById = new Map<string, Stored>();
  /** Clients with `has_endpoint`. */
  readonly #flagged = new Set<string>();
  readonly #lanes = new Map<string, Lane[]>();
  #storing = 0;
  #replays = 0;

  /** Begins to store. Lanes are written for the clients whose flag is seen now, at the beginning. */
  storing(messages: readonly Partial<Message>[]): Storing {
    const transaction = this.begin();
    const added = transaction.add(...messages);
    const flagged = new Set(this.#flagged);
    this.#storing += 1;
    return {
      commit: () => {
        this.#storing -= 1;
        transaction.commit();
        this.#take(transaction.xid, added, flagged);
      },
      rollback: () => {
        this.#storing -= 1;
        transaction.rollback();
      },
    };
  }

  #take(xid: Position, added: readonly Message[], flagged: ReadonlySet<string>): void {
    for (const message of added) {
      const stored = { message, xid, committedAtMs: this.now() };
      this.stored.push(stored);
      this.storedById.set(message.id, stored);
    }
    for (const lane of lanesOfBatch(xid, added)) {
      const client = clientOf(lane);
      if (!flagged.has(client)) {
        const at = this.committed.findIndex((each) => each.xid === xid && clientOf(each) === client);
        this.committed.splice(at, 1);
        continue;
      }
      const lanes = this.#lanes.get(client) ?? [];
      this.#lanes.set(client, lanes);
      lanes.push(lane);
      lanes.sort((a, b) => Number(a.xid - b.xid));
    }
  }

  /** In the order of xid. */
  lanesOfClient(client: Pick<Endpoint, 'tenantId' | 'clientId'>): readonly Lane[] {
    return this.#lanes.get(clientOf(client)) ?? [];
  }

  /** What an operator does who adds an endpoint; undefined when storing transactions hold their locks for too long. */
  tryToAdd(given: Partial<Endpoint>): { readonly endpoint: Endpoint; readonly isFirst: boolean } | undefined {
    const client = clientOf(given as Endpoint);
    const isFirst = !this.#flagged.has(client);
    if (isFirst && this.#storing > 0) return undefined;
    this.#flagged.add(client);
    return { endpoint: this.addEndpoint(given), isFirst };
  }

  /** Asks for further deliveries, as a unit of their own. */
  replay(endpoint: number, messageIds: readonly string[]): void {
    this.#replays += 1;
    const rest = { attempts: 0, firstFailedAtMs: undefined, lastStatus: undefined, lastError: undefined };
    for (const messageId of messageIds) {
      const key = `${endpoint}/${this.#replays}/${messageId}`;
      this.retryRows.set(key, {
        endpoint,
        unit: this.#replays,
        messageId,
        dueAtMs: this.now(),
        ...rest,
      });
    }
    this.changeEndpoint(endpoint, {});
  }

  /** A position below which no lane will appear any more. */
  get nowHorizon(): Position {
    return this.position();
  }
}

export function clientOf({ tenantId, clientId }: Pick<Endpoint, 'tenantId' | 'clientId'>): string {
  return `${tenantId}/${clientId}`;
}

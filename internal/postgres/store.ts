import type pg from 'pg';
import {
  type Store,
  type RegisteredSchema,
  type RejectionRecord,
  type ReplayResult,
  type StorableEvent,
  type StoreOutcome,
  StoreError,
} from '../processor/ports.ts';
import { eventFingerprintV1 } from '../event/identity.ts';
import type { RegisteredMappings } from '../event/mapping/mapping.ts';
import { uuid7Milliseconds } from '../event/uuid7.ts';
import { textArray, uuidArray } from './binary-arrays.ts';
import { isForeignKeyViolation, isMissingPartition, mayBeginAnew, toStoreError } from './errors.ts';
import { makePartitionsFor } from './partitions.ts';
import { awaitedLock } from './awaited-lock.ts';
import { readMappings } from './mappings.ts';
import { keepRejections } from './rejections/keep.ts';
import { settleRejections } from './rejections/settle.ts';
import { PreparedStatement } from './prepared-statement.ts';
import { SAME_CONTENT_STATEMENT, STORE_STATEMENT } from './store-statement.ts';

interface StoreAnswer {
  readonly stored: number;
  /** [position from 1, kind, message id of the ledger] of each event that was not stored; null when all were. */
  readonly others: readonly [number, Exclude<StoreOutcome['kind'], 'stored'>, string | null][] | null;
}

/** Longer than our own transactions take; a lock that is held longer must not delay the whole batch. */
const LOCK_TIMEOUT_MS = 1_000;

/** Tries of a statement whose error is worth an immediate retry. */
const MAX_TRIES = 5;

/** The processor's store on PostgreSQL. Each method is one transaction of its own; errors are thrown as StoreError. */
export class PostgresStore implements Store {
  readonly #pool: pg.Pool;
  readonly #statement = new PreparedStatement('store', STORE_STATEMENT);

  constructor({ pool }: { readonly pool: pg.Pool }) {
    this.#pool = pool;
  }

  async store(events: readonly StorableEvent[], lockTimeoutMs = LOCK_TIMEOUT_MS): Promise<StoreOutcome[]> {
    if (events.length === 0) return [];
    const answer = await asStoreErrors(() => this.#storeRows(events, lockTimeoutMs), this.#pool);
    const others = answer.others ?? [];
    const answered = answer.stored + others.length;
    if (answered !== events.length)
      throw new Error(`PostgreSQL answered for ${answered} of ${events.length} events`);
    const outcomes: StoreOutcome[] = events.map(({ messageId }) => ({ kind: 'stored', messageId }));
    const conflicts: Conflict[] = [];
    for (const [position, kind, ledgerId] of others) {
      const index = position - 1;
      if (kind === 'duplicate') outcomes[index] = { kind, messageId: ledgerId as string };
      else outcomes[index] = { kind };
      if (kind === 'id_conflict')
        conflicts.push({ index, event: events[index] as StorableEvent, ledgerId: ledgerId as string });
    }
    for (const { index, ledgerId } of await asStoreErrors(() => this.#sameContent(conflicts))) {
      outcomes[index] = { kind: 'duplicate', messageId: ledgerId };
    }
    return outcomes;
  }

  async #storeRows(events: readonly StorableEvent[], lockTimeoutMs: number): Promise<StoreAnswer> {
    const values = [...columnsOf(events), String(lockTimeoutMs)];
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.#runStatement(values);
      } catch (error) {
        if (tries === MAX_TRIES) throw error;
        if (isMissingPartition(error))
          await makePartitionsFor(
            this.#pool,
            events.map(({ messageId }) => uuid7Milliseconds(messageId)),
            ['message', 'lane'],
          );
        // A registry row was removed between our check and the foreign key's: a retry gives the event its outcome.
        // Behind a pooler, another isolation level may refuse concurrent writes of the same key.
        else if (!isForeignKeyViolation(error) && !mayBeginAnew(error)) throw error;
      }
    }
  }

  async #runStatement(values: (Buffer | string)[]): Promise<StoreAnswer> {
    const [answer] = await this.#statement.run<StoreAnswer & pg.QueryResultRow>(this.#pool, values);
    return answer as StoreAnswer;
  }

  async #sameContent(conflicts: readonly Conflict[]): Promise<Conflict[]> {
    if (conflicts.length === 0) return [];
    const { rows } = await this.#pool.query<{ position: number }>(SAME_CONTENT_STATEMENT, [
      conflicts.map(({ ledgerId }) => ledgerId),
      conflicts.map(({ event: { event } }) => event.tenantId),
      conflicts.map(({ event: { key } }) => key),
      conflicts.map(({ event: { event } }) => eventFingerprintV1(event)),
      conflicts.map(({ event: { event } }) => event.clientId),
      conflicts.map(({ event: { event } }) => event.eventType),
      conflicts.map(({ event: { event } }) => event.payload),
      conflicts.map(({ event: { event } }) => event.payloadEncoding),
    ]);
    return rows.map(({ position }) => conflicts[position - 1] as Conflict);
  }

  async reject(rejections: readonly RejectionRecord[], lockTimeoutMs = LOCK_TIMEOUT_MS): Promise<void> {
    await asStoreErrors(() => keepRejections(this.#pool, rejections, lockTimeoutMs));
  }

  async schemas(names: readonly { tenantId: string; eventType: string }[]): Promise<RegisteredSchema[]> {
    return asStoreErrors(async () => {
      const { rows } = await this.#pool.query<RegisteredSchema>(
        `select n.tenant_id as "tenantId", n.name as "eventType",
                coalesce(e.schema_version, 0)::text as version, e.schema::text as schema
           from unnest($1::text[], $2::text[]) as n (tenant_id, name)
           left join event_type e using (tenant_id, name)`,
        [names.map(({ tenantId }) => tenantId), names.map(({ eventType }) => eventType)],
      );
      return rows;
    });
  }

  async mappings(knownVersion: string | undefined): Promise<RegisteredMappings | undefined> {
    return asStoreErrors(() => readMappings(this.#pool, knownVersion));
  }

  async settle(results: readonly ReplayResult[]): Promise<void> {
    await asStoreErrors(() => settleRejections(this.#pool, results));
  }
}

interface Conflict {
  readonly index: number;
  readonly event: StorableEvent;
  readonly ledgerId: string;
}

function columnsOf(events: readonly StorableEvent[]): Buffer[] {
  return [
    uuidArray(events.map(({ messageId }) => messageId)),
    uuidArray(events.map(({ key }) => key)),
    uuidArray(events.map(({ fingerprint }) => fingerprint)),
    textArray(events.map(({ schemaVersion }) => schemaVersion)),
    textArray(events.map(({ event }) => event.tenantId)),
    textArray(events.map(({ event }) => event.clientId)),
    textArray(events.map(({ event }) => event.eventType)),
    textArray(events.map(({ event }) => event.source)),
    textArray(events.map(({ event }) => event.eventId)),
    textArray(events.map(({ event }) => event.payload)),
    textArray(events.map(({ event }) => event.payloadEncoding)),
    textArray(events.map(({ event }) => event.contentType)),
    textArray(events.map(({ event }) => event.occurredAt)),
    textArray(events.map(({ receivedAt }) => receivedAt.toISOString())),
    textArray(events.map(({ event }) => event.traceparent)),
    textArray(events.map(({ event }) => event.attributes)),
    textArray(events.map(({ event }) => event.sqsAttributes)),
    textArray(events.map(({ event }) => event.deliverAfter)),
  ];
}

/** @param pool for looking up the row that was waited for */
async function asStoreErrors<T>(work: () => Promise<T>, pool?: pg.Pool): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const thrown = toStoreError(error);
    if (pool === undefined || !(thrown instanceof StoreError) || thrown.kind !== 'blocked') throw thrown;
    const { kind, message, sqlState, cause } = thrown;
    throw new StoreError(kind, message, sqlState, cause, await awaitedLock(pool, error));
  }
}

import {
  type AwaitedLock,
  type RejectionRecord,
  type StorableEvent,
  type Store,
  StoreError,
} from '../../processor/ports.ts';
import type { VirtualClock } from './clock.ts';
import type { Database } from './database.ts';
import type { Expectations, Fail } from './expectations.ts';
import type { Life } from './life.ts';
import { identityOf } from './traffic.ts';
import type { Weather } from './weather.ts';
import { type Call, HURRIED_MS, type Wire } from './wire.ts';

/** pg's query_timeout. */
const PATIENCE_MS = 20_000;

/** The real store's default. */
const LOCK_TIMEOUT_MS = 1_000;
const LOCK_LOOK_MS = 50;

interface StorePortParts {
  readonly clock: VirtualClock;
  readonly database: Database;
  readonly wire: Wire;
  readonly weather: Weather;
  readonly expectations: Expectations;
  /** Share of the statements with rejections that PostgreSQL refuses because of a row. */
  readonly refusedRejections: number;
  readonly fail: Fail;
}

/** The database as one processor reaches it. */
export function storePort(life: Life, parts: StorePortParts): Store {
  const { database, wire } = parts;
  const { witness } = life;
  /** The message that an event came in, if only one is possible. */
  const messageOf = ({ event: { tenantId, source, eventId } }: StorableEvent) => {
    const item = parts.expectations.onlyItem(identityOf(tenantId, source, eventId));
    return item?.until === null ? item.sqsMessageId : undefined;
  };
  const call = <T>(more: Pick<Call<T>, 'words' | 'effect' | 'answered' | 'failed'>) =>
    wire.call<T>({
      life,
      service: 'database',
      patienceMs: PATIENCE_MS,
      failure: (words) => new StoreError('unavailable', words, '08006', undefined),
      ...more,
    });
  return {
    store: (events, lockTimeoutMs = LOCK_TIMEOUT_MS) => {
      if (life.alive) witness.checkStore(events, messageOf);
      return call({
        words: () => `stores ${events.map((event) => nameOf(event)).join(' ')}`,
        effect: async () => {
          await lockOf(events, lockTimeoutMs, parts);
          return statement(parts, life, (snapshot) => database.store(events, snapshot));
        },
        answered: (outcomes) => {
          witness.storeAnswered(keysOf(events));
          for (const outcome of outcomes)
            if (outcome.kind === 'stored') witness.storedIds.add(outcome.messageId);
        },
        failed: (error) => {
          const messageIds = events.flatMap((event) => messageOf(event) ?? []);
          witness.storeFailed(error, keysOf(events), messageIds);
          // Events that wait for a lock, and those queued behind them, may go back to the queue for a while.
          if (error instanceof StoreError && error.kind === 'blocked') witness.postpones = true;
        },
      });
    },
    reject: (records) =>
      call({
        words: () =>
          `rejects ${records.map(({ sqsMessageId, reason }) => `${sqsMessageId}:${reason}`).join(' ')}`,
        effect: () => {
          // Names registered while the statement runs are not in its snapshot.
          const registered = database.registeredNames(records);
          return statement(parts, life, () => {
            if (parts.weather.strikes(parts.refusedRejections)) {
              witness.undisturbed = false;
              for (const { sqsMessageId } of records) witness.excuse(sqsMessageId);
              throw new StoreError('bad_row', 'refused rejection', '22021', undefined);
            }
            database.reject(records, registered);
          });
        },
        answered: () => witness.storeAnswered(placesOf(records)),
        failed: (error) =>
          witness.storeFailed(
            error,
            placesOf(records),
            records.map(({ sqsMessageId }) => sqsMessageId),
          ),
      }),
    schemas: (names) =>
      call({
        words: () => `reads ${names.length} schemas`,
        effect: () => names.map(({ tenantId, eventType }) => database.registry.schema(tenantId, eventType)),
        answered: () => witness.schemasAnswered(),
        failed: () => witness.schemasFailed(),
      }),
    mappings: (knownVersion) =>
      call({ words: () => 'reads mappings', effect: () => database.registry.mappings(knownVersion) }),
    settle: (results) =>
      call({ words: () => `settles ${results.length}`, effect: () => database.settle(results) }),
  };
}

/** Waits, for at most `timeoutMs`, for the lock of a row that one of the events refers to. */
async function lockOf(
  events: readonly StorableEvent[],
  timeoutMs: number,
  { clock, weather }: StorePortParts,
): Promise<void> {
  for (let waitedMs = 0; ; waitedMs += LOCK_LOOK_MS) {
    const awaits = awaitedBy(events, weather);
    if (awaits === undefined) return;
    if (waitedMs >= timeoutMs)
      throw new StoreError('blocked', 'waits for a lock', '55P03', undefined, awaits);
    await new Promise<void>((resolve) => {
      clock.after(LOCK_LOOK_MS, resolve);
    });
  }
}

/** The lock as PostgreSQL reports it: a session that waits behind another waiter learns only the table. */
function awaitedBy(events: readonly StorableEvent[], weather: Weather): AwaitedLock | undefined {
  for (const { event } of events) {
    for (const [table, name] of [
      ['client', event.clientId],
      ['event_type', event.eventType],
    ] as const) {
      if (weather.locks([name]))
        return { table, row: events.length % 2 === 0 ? undefined : { tenantId: event.tenantId, name } };
    }
  }
  return undefined;
}

/** Runs a statement. It does not see what is committed while it runs. */
function statement<T>(
  { clock, database, weather }: StorePortParts,
  { witness }: Life,
  commit: (snapshot: number) => T,
): Promise<T> {
  const snapshot = database.snapshot();
  const durationMs = weather.delayMs('database');
  if (durationMs > HURRIED_MS) witness.unhurried = false;
  return new Promise((resolve, reject) => {
    clock.after(durationMs, () => {
      try {
        resolve(commit(snapshot));
      } catch (error) {
        reject(error);
      }
    });
  });
}

function keysOf(events: readonly StorableEvent[]): string[] {
  return events.map(({ messageId }) => messageId);
}

function placesOf(records: readonly RejectionRecord[]): string[] {
  return records.map(({ sqsMessageId, eventIndex }) => `${sqsMessageId}/${eventIndex}`);
}

function nameOf({ event: { tenantId, source, eventId } }: StorableEvent): string {
  return identityOf(tenantId, source, eventId);
}

import {
  type RejectionRecord,
  type ReplayResult,
  type StorableEvent,
  StoreError,
  type StoreOutcome,
} from '../../processor/ports.ts';
import { claimsAfterRefusal, type Healable, HealingTasks, type Names, waitsForName } from './healing.ts';
import { QUEUE } from './queue.ts';
import { Registry } from './registry.ts';
import { contentOf, identityOf, POISON } from './traffic.ts';

interface Row {
  readonly storable: StorableEvent;
  /** The transaction that wrote it; a statement sees the rows of those before its own beginning. */
  readonly transaction: number;
}

interface KeptRejection extends RejectionRecord {
  readonly id: string;
  /** Its number; a place keeps its own. */
  readonly order: number;
  readonly eventId: string | null;
  readonly state: 'open' | 'replayed';
}

/** What is called when something has just been committed. */
interface CommitListener {
  row(storable: StorableEvent): void;
  rejection(record: RejectionRecord): void;
}

/** PostgreSQL as far as the pipeline meets it: each method is the moment of a commit, and does all or nothing. */
export class Database {
  readonly registry = new Registry();
  readonly healing: HealingTasks;
  listener: CommitListener = { row() {}, rejection() {} };
  readonly #rows = new Map<string, Row>();
  readonly #contents = new Map<string, string>();
  readonly #rejections = new Map<string, KeptRejection>();
  #transactions = 0;
  #healer: { readonly alive: boolean } | undefined;

  constructor(now: () => number) {
    this.healing = new HealingTasks({ now, healable: () => this.#healable() });
  }

  get rows(): number {
    return this.#rows.size;
  }

  get messageIds(): string[] {
    return [...this.#rows.values()].map(({ storable }) => storable.messageId);
  }

  get rejections(): readonly KeptRejection[] {
    return [...this.#rejections.values()];
  }

  /** The state of things that a statement beginning now sees. */
  snapshot(): number {
    return this.#transactions;
  }

  /** Of the message stored under that identity: client, type and payload. */
  contentOf(identity: string): string | undefined {
    return this.#contents.get(identity);
  }

  /** Of a message of the one queue that is simulated. */
  rejectionOf(sqsMessageId: string, eventIndex: number | null): KeptRejection | undefined {
    return this.#rejections.get(placeOf({ queue: QUEUE, sqsMessageId, eventIndex }));
  }

  store(events: readonly StorableEvent[], snapshot: number): StoreOutcome[] {
    if (events.some(({ event }) => event.payload.includes(`"${POISON}"`))) {
      throw new StoreError('bad_row', 'poison', '22P02', undefined);
    }
    this.#transactions += 1;
    // One changed schema holds back all of a statement, for the sake of the order in message groups.
    const heldBack = events.some((storable) => this.#obstacle(storable) === 'schema_changed');
    return events.map((storable) => this.#storeOne(storable, snapshot, heldBack));
  }

  #obstacle({ event: { tenantId, clientId, eventType }, schemaVersion }: StorableEvent) {
    const obstacle = this.registry.obstacle(tenantId, clientId, eventType);
    if (obstacle !== null) return obstacle;
    const { version } = this.registry.schema(tenantId, eventType);
    return version === schemaVersion ? null : ('schema_changed' as const);
  }

  #storeOne(storable: StorableEvent, snapshot: number, heldBack: boolean): StoreOutcome {
    const { tenantId, clientId, eventType, source, eventId, payload } = storable.event;
    const obstacle = this.#obstacle(storable);
    if (obstacle !== null) return { kind: obstacle };
    const key = `${tenantId}/${storable.key}`;
    const row = this.#rows.get(key);
    if (row === undefined && heldBack) return { kind: 'unresolved' };
    if (row === undefined) {
      this.#rows.set(key, { storable, transaction: this.#transactions });
      this.#contents.set(identityOf(tenantId, source, eventId), contentOf(clientId, eventType, payload));
      this.listener.row(storable);
      return { kind: 'stored', messageId: storable.messageId };
    }
    if (row.transaction > snapshot) return { kind: 'unresolved' };
    const known = row.storable;
    if (known.messageId === storable.messageId) return { kind: 'stored', messageId: known.messageId };
    if (known.fingerprint !== storable.fingerprint) return { kind: 'id_conflict' };
    return { kind: 'duplicate', messageId: known.messageId };
  }

  /** What an operator does in the middle of it all; each name becomes a task of the healing. */
  registerLate(): void {
    for (const names of this.registry.registerLate()) this.healing.add(names);
  }

  /** @param registered of those that wait for names which are registered; each becomes a task of the healing */
  reject(records: readonly RejectionRecord[], registered: readonly Names[]): void {
    for (const record of records) {
      const id = placeOf(record);
      const there = this.#rejections.get(id);
      if (there?.state === 'replayed') continue;
      const order = there?.order ?? this.#rejections.size + 1;
      const { body, attributes, systemAttributes } = there ?? record;
      this.#rejections.set(id, {
        ...record,
        body,
        attributes,
        systemAttributes,
        id,
        order,
        eventId: record.claims.eventId ?? null,
        state: 'open',
      });
      this.listener.rejection(record);
    }
    for (const { tenantId, clientId } of registered) this.healing.add({ tenantId, clientId });
  }

  /** The names of rejections that wait although all of their names are registered. */
  registeredNames(records: readonly Pick<RejectionRecord, 'reason' | 'claims'>[]): Names[] {
    return records.flatMap(({ reason, claims: { tenantId = '', clientId = '', eventType = '' } }) =>
      waitsForName(reason) && this.registry.obstacle(tenantId, clientId, eventType) === null
        ? [{ tenantId, clientId, eventType }]
        : [],
    );
  }

  #healable(): Healable[] {
    return [...this.#rejections.values()].flatMap((rejection) => {
      const [names] = rejection.state === 'open' ? this.registeredNames([rejection]) : [];
      return names === undefined ? [] : [{ order: rejection.order, rejection, names }];
    });
  }

  /** Whether a session may heal now: no other one that is alive does. The lock goes with the session. */
  lockHealing(session: { readonly alive: boolean }): boolean {
    if (this.#healer?.alive === true) return false;
    this.#healer = session;
    return true;
  }

  settle(results: readonly ReplayResult[]): void {
    for (const result of results) {
      const rejection = this.#rejections.get(result.id);
      if (rejection?.state !== 'open') continue;
      const { reason, detail } = result.kind === 'refused' ? result : rejection;
      const claims =
        result.kind === 'refused' ? claimsAfterRefusal(rejection.claims, result) : rejection.claims;
      const state = result.kind === 'replayed' ? 'replayed' : 'open';
      this.#rejections.set(result.id, { ...rejection, reason, detail, claims, state });
      if (state === 'open') this.listener.rejection({ ...rejection, reason, detail });
    }
  }
}

function placeOf(place: Pick<RejectionRecord, 'queue' | 'sqsMessageId' | 'eventIndex'>): string {
  return `${place.queue}/${place.sqsMessageId}/${place.eventIndex ?? 'whole'}`;
}

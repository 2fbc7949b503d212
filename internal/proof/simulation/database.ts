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
  /**
   * The transaction that wrote the row. A statement sees rows committed before it began.
   */
  readonly transaction: number;
}

interface KeptRejection extends RejectionRecord {
  readonly id: string;
  /** Position in the order of ids; a rejection that is written again keeps it. */
  readonly order: number;
  readonly eventId: string | null;
  readonly state: 'open' | 'replayed';
}

/** Called after each commit. */
interface CommitListener {
  row(storable: StorableEvent): void;
  rejection(record: RejectionRecord): void;
}

/** The part of PostgreSQL that the pipeline uses. Each method is one commit, and is atomic. */
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

  /** The snapshot of a statement that begins now. */
  snapshot(): number {
    return this.#transactions;
  }

  /** Client, type and payload of the message stored under that identity. */
  contentOf(identity: string): string | undefined {
    return this.#contents.get(identity);
  }

  /** A rejection of a message of the simulated queue. */
  rejectionOf(sqsMessageId: string, eventIndex: number | null): KeptRejection | undefined {
    return this.#rejections.get(placeOf({ queue: QUEUE, sqsMessageId, eventIndex }));
  }

  store(events: readonly StorableEvent[], snapshot: number): StoreOutcome[] {
    if (events.some(({ event }) => event.payload.includes(`"${POISON}"`))) {
      throw new StoreError('bad_row', 'poison', '22P02', undefined);
    }
    this.#transactions += 1;
    // One changed schema holds back the whole statement, to keep the order in message groups.
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

  /**
   * Registers the missing names, as an operator would during the run. Each name becomes a task of the
   * healing.
   */
  registerLate(): void {
    for (const names of this.registry.registerLate()) this.healing.add(names);
  }

  /**
   * @param registered names of waiting rejections that are registered by now; each becomes a task of the
   * healing
   */
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

  /** The names of rejections that are still waiting although all their names are registered. */
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

  /** Takes the healing lock unless another live session has it. The lock ends with its session. */
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

import type { MappingDefinition, RegisteredMappings } from '../../event/mapping/mapping.ts';
import type {
  RegisteredSchema,
  RejectionRecord,
  ReplayResult,
  StorableEvent,
  Store,
  StoreOutcome,
} from '../../processor/ports.ts';
import { claimsAfterRefusal, type Healable } from '../simulation/healing.ts';
import { inOrderOfTries } from '../simulation/registry.ts';

interface KeptRejection extends RejectionRecord {
  readonly id: string;
  readonly eventId: string | null;
  state: 'open' | 'replayed';
}

/**
 * A registry, messages, their ledger and rejections in memory, with the same outcomes as the PostgreSQL
 * store.
 */
export class MemoryStore implements Store {
  readonly tenants = new Set(['default']);
  readonly clients = new Set(['default/client-1', 'default/client-2', 'default/client-3']);
  readonly eventTypes = new Map<string, RegisteredSchema>();
  readonly messages = new Map<string, StorableEvent>();
  readonly rejections = new Map<string, KeptRejection>();
  readonly batches: number[] = [];
  registeredMappings: readonly MappingDefinition[] = [];
  /**
   * Called before each operation; an error that it throws becomes the operation's failure, and nothing is
   * written.
   */
  before: (operation: 'store' | 'reject', events: readonly StorableEvent[]) => void | Promise<void> =
    () => {};
  /** Called before mappings are read; an error that it throws becomes the failure. */
  beforeMappings: () => void = () => {};
  /** Called after a store has committed; an error that it throws replaces the result. */
  after: () => void = () => {};

  constructor() {
    for (const name of ['monitor-app', 'transaction-app', 'user-app'])
      this.register('default', name, '0', null);
  }

  register(tenantId: string, eventType: string, version: string, schema: unknown): void {
    const text = schema === null ? null : JSON.stringify(schema);
    this.eventTypes.set(`${tenantId}/${eventType}`, { tenantId, eventType, version, schema: text });
  }

  async store(events: readonly StorableEvent[]): Promise<StoreOutcome[]> {
    await this.before('store', events);
    this.batches.push(events.length);
    const claimed = new Set<string>();
    const changed = events.some((event) => this.#schemaChanged(event));
    const outcomes = events.map((event) => this.#storeOne(event, { claimed, heldBack: changed }));
    this.after();
    return outcomes;
  }

  #schemaChanged({ event, schemaVersion }: StorableEvent): boolean {
    const type = this.eventTypes.get(`${event.tenantId}/${event.eventType}`);
    const registered = this.clients.has(`${event.tenantId}/${event.clientId}`);
    return registered && type !== undefined && type.version !== schemaVersion;
  }

  #storeOne(
    storable: StorableEvent,
    { claimed, heldBack }: { claimed: Set<string>; heldBack: boolean },
  ): StoreOutcome {
    const { tenantId, clientId, eventType } = storable.event;
    if (!this.tenants.has(tenantId)) return { kind: 'unknown_tenant' };
    if (!this.clients.has(`${tenantId}/${clientId}`)) return { kind: 'unknown_client' };
    const type = this.eventTypes.get(`${tenantId}/${eventType}`);
    if (type === undefined) return { kind: 'unknown_event_type' };
    if (this.#schemaChanged(storable)) return { kind: 'schema_changed' };
    const identity = `${tenantId}/${storable.key}`;
    if (claimed.has(identity)) return { kind: 'unresolved' };
    const known = this.messages.get(identity);
    if (known === undefined) {
      if (heldBack) return { kind: 'unresolved' };
      claimed.add(identity);
      this.messages.set(identity, storable);
      return { kind: 'stored', messageId: storable.messageId };
    }
    if (known.messageId === storable.messageId) return { kind: 'stored', messageId: known.messageId };
    if (known.fingerprint !== storable.fingerprint) return { kind: 'id_conflict' };
    return { kind: 'duplicate', messageId: known.messageId };
  }

  async reject(rejections: readonly RejectionRecord[]): Promise<void> {
    await this.before('reject', []);
    for (const rejection of rejections) {
      const place = `${rejection.queue}/${rejection.sqsMessageId}/${rejection.eventIndex}`;
      const there = this.rejections.get(place);
      if (there?.state === 'replayed') continue;
      const eventId = rejection.claims.eventId ?? null;
      const { body, attributes, systemAttributes } = there ?? rejection;
      const sent = { body, attributes, systemAttributes };
      this.rejections.set(place, { ...rejection, ...sent, id: place, eventId, state: 'open' });
    }
  }

  async schemas(names: readonly { tenantId: string; eventType: string }[]): Promise<RegisteredSchema[]> {
    return names.map(
      ({ tenantId, eventType }) =>
        this.eventTypes.get(`${tenantId}/${eventType}`) ?? {
          tenantId,
          eventType,
          version: '0',
          schema: null,
        },
    );
  }

  /** Open rejections whose names are all registered by now. */
  healable(): Healable[] {
    return [...this.rejections.values()].flatMap((rejection, order) => {
      const { tenantId = '', clientId = '', eventType = '' } = rejection.claims;
      const registered =
        this.tenants.has(tenantId) &&
        this.clients.has(`${tenantId}/${clientId}`) &&
        this.eventTypes.has(`${tenantId}/${eventType}`);
      const waits = rejection.state === 'open' && rejection.reason.startsWith('unknown_');
      return waits && registered
        ? [{ order: order + 1, rejection, names: { tenantId, clientId, eventType } }]
        : [];
    });
  }

  async mappings(knownVersion: string | undefined): Promise<RegisteredMappings | undefined> {
    this.beforeMappings();
    const version = JSON.stringify(this.registeredMappings);
    if (version === knownVersion) return undefined;
    return { version, mappings: this.registeredMappings.toSorted(inOrderOfTries) };
  }

  async settle(results: readonly ReplayResult[]): Promise<void> {
    for (const result of results) {
      const rejection = this.rejections.get(result.id);
      if (rejection === undefined || rejection.state !== 'open') continue;
      if (result.kind === 'replayed') rejection.state = 'replayed';
      else {
        const { reason, detail } = result;
        const claims = claimsAfterRefusal(rejection.claims, result);
        this.rejections.set(result.id, { ...rejection, reason, detail, claims });
      }
    }
  }
}

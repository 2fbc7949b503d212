import type { MappingDefinition, RegisteredMappings } from '../../event/mapping/mapping.ts';
import type { RegisteredSchema } from '../../processor/ports.ts';
import type { Names } from './healing.ts';

export const TENANTS = ['default', 'acme', 'globex'] as const;
export const CLIENTS = ['client-1', 'client-2'] as const;
export const PLAIN_TYPES = ['order', 'user'] as const;
/** Name of a tenant, a client and an event type that are registered only after a while. */
export const LATE = 'late';
/** An event type whose JSON Schema changes after a while. */
export const SCHEMA_TYPE = 'checked';

const OLD_SCHEMA = '{"type": "object", "required": ["n"]}';
const NEW_SCHEMA = '{"type": "object", "required": ["n", "m"]}';

/** Sorts mappings in the order in which they are tried: by priority, then by name. */
export function inOrderOfTries(a: MappingDefinition, b: MappingDefinition): number {
  return a.priority - b.priority || (a.name < b.name ? -1 : 1);
}

/** Tenants, clients, event types and mappings, as PostgreSQL stores them. */
export class Registry {
  readonly #tenants = new Set<string>(TENANTS);
  readonly #clients = new Set<string>();
  readonly #types = new Map<string, RegisteredSchema>();
  readonly #mappings: MappingDefinition[] = [];

  constructor() {
    for (const tenantId of TENANTS) this.#fill(tenantId, CLIENTS, PLAIN_TYPES);
    for (const tenantId of TENANTS) this.setType(tenantId, SCHEMA_TYPE, '1', OLD_SCHEMA);
  }

  addTenant(tenantId: string): void {
    this.#tenants.add(tenantId);
  }

  addClient(tenantId: string, clientId: string): void {
    this.#clients.add(`${tenantId}/${clientId}`);
  }

  /** @param version changes with every schema; '0' without one */
  setType(tenantId: string, eventType: string, version: string, schema: string | null): void {
    this.#types.set(`${tenantId}/${eventType}`, { tenantId, eventType, version, schema });
  }

  addMapping(mapping: MappingDefinition): void {
    this.#mappings.push(mapping);
  }

  /** Registers the missing names. Returns the names of clients and event types. */
  registerLate(): Partial<Names>[] {
    this.addTenant(LATE);
    this.#fill(LATE, CLIENTS, PLAIN_TYPES);
    for (const tenantId of TENANTS) this.#fill(tenantId, [LATE], [LATE]);
    return [
      ...CLIENTS.map((clientId) => ({ tenantId: LATE, clientId })),
      ...PLAIN_TYPES.map((eventType) => ({ tenantId: LATE, eventType })),
      ...TENANTS.flatMap((tenantId) => [
        { tenantId, clientId: LATE },
        { tenantId, eventType: LATE },
      ]),
    ];
  }

  changeSchema(): void {
    for (const tenantId of TENANTS) this.setType(tenantId, SCHEMA_TYPE, '2', NEW_SCHEMA);
  }

  /** Why an event with these names cannot be stored; null if it can. */
  obstacle(tenantId = '', clientId = '', eventType = '') {
    if (!this.#tenants.has(tenantId)) return 'unknown_tenant' as const;
    if (!this.#clients.has(`${tenantId}/${clientId}`)) return 'unknown_client' as const;
    return this.#types.has(`${tenantId}/${eventType}`) ? null : ('unknown_event_type' as const);
  }

  schema(tenantId: string, eventType: string): RegisteredSchema {
    const none = { tenantId, eventType, version: '0', schema: null };
    return this.#types.get(`${tenantId}/${eventType}`) ?? none;
  }

  /** The version is the number of mappings, because they are only added. */
  mappings(knownVersion: string | undefined): RegisteredMappings | undefined {
    const version = `${this.#mappings.length}`;
    if (version === knownVersion) return undefined;
    return { version, mappings: this.#mappings.toSorted(inOrderOfTries) };
  }

  #fill(tenantId: string, clients: readonly string[], types: readonly string[]): void {
    for (const client of clients) this.addClient(tenantId, client);
    for (const type of types) this.setType(tenantId, type, '0', null);
  }
}

import { decodeBody } from '../event/body/envelope.ts';
import { eventKey } from '../event/identity.ts';
import { mintUuid7 } from '../event/uuid7.ts';
import type { Store } from '../processor/ports.ts';
import { SchemaRegistry } from '../processor/schemas.ts';
import type { Announcement, Announcer } from '../sender/announcements.ts';

/** The client that hears of a tenant's endpoints, and the source of what it hears. */
const CLIENT = 'operator';
const SOURCE = 'event-sender';

/**
 * Stores announcements as messages of the tenant's client `operator`, like events from the queue. A tenant that has not
 * registered this client or the event type hears nothing, and no rejection is kept.
 */
export class StoredAnnouncements implements Announcer {
  readonly #store: Pick<Store, 'schemas' | 'store'>;

  constructor(store: Pick<Store, 'schemas' | 'store'>) {
    this.#store = store;
  }

  /** @throws Error when the tenant has registered a schema that refuses it */
  async announce({ type, tenantId, clientId, endpointId, reason }: Announcement): Promise<void> {
    const messageId = mintUuid7();
    const receivedAt = new Date();
    const body = {
      tenant_id: tenantId,
      client_id: CLIENT,
      event_type: type,
      source: SOURCE,
      event_id: messageId,
      occurred_at: receivedAt.toISOString(),
      message: { client: clientId, endpoint: endpointId, reason },
    };
    const [decoded] = decodeBody(JSON.stringify(body), messageId);
    if (decoded?.kind !== 'event') throw new Error('an announcement is an event');
    const { event, fingerprint } = decoded;
    const schemas = new SchemaRegistry();
    schemas.update(await this.#store.schemas([{ tenantId, eventType: type }]));
    const { version: schemaVersion, violation } = schemas.check(event);
    if (violation !== null) throw new Error(`the schema of its event type refuses it: ${violation}`);
    const [outcome] = await this.#store.store([
      { messageId, event, key: eventKey(event), fingerprint, schemaVersion, receivedAt },
    ]);
    if (outcome?.kind === 'schema_changed')
      throw new Error('the schema of its event type was changed just now');
  }
}

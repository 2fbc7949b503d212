import { plainEvent } from '../proof/kit/events.ts';
import { createDatabase } from '../proof/kit/database.ts';
import { storableEvent } from '../proof/kit/storable.ts';
import { storeContract } from '../proof/kit/store-contract.ts';
import { keptRejection } from '../proof/kit/store-rig.ts';
import { addMapping } from './mappings.ts';
import { addClient, addEventType, addTenant } from './registry/add.ts';
import { PostgresStore } from './store.ts';

const REJECTIONS = `select id::text as id, state, queue, sqs_message_id as "sqsMessageId", event_index as "eventIndex",
    reason, detail, convert_from(body, 'UTF8') as body, receive_count as "receiveCount",
    json_strip_nulls(json_build_object('tenantId', tenant_id, 'clientId', client_id, 'eventType', event_type)) as claims
  from rejection`;

storeContract('on PostgreSQL', async () => {
  const database = await createDatabase();
  const { pool } = database;
  return {
    store: new PostgresStore(database),
    async addTenant(id) {
      await addTenant(pool, id);
    },
    async addClient(tenantId, id) {
      await addClient(pool, tenantId, id);
    },
    async setEventType(tenantId, name, schema) {
      await addEventType(pool, tenantId, name, schema);
    },
    async addMapping(mapping) {
      await addMapping(pool, mapping);
    },
    // Larger than numeric allows, which decoding would have found.
    badRow: (eventId) => {
      const storable = storableEvent(plainEvent(eventId));
      return { ...storable, event: { ...storable.event, payload: '1e200000' } };
    },
    async messageIds() {
      return (await pool.query<{ id: string }>('select id from message')).rows.map(({ id }) => id);
    },
    async rejections() {
      return (await pool.query<Parameters<typeof keptRejection>[0]>(REJECTIONS)).rows.map(keptRejection);
    },
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
});

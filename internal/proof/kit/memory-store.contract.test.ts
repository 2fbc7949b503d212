import { StoreError } from '../../processor/ports.ts';
import { MemoryStore } from './memory-store.ts';
import { plainEvent } from './events.ts';
import { storableEvent } from './storable.ts';
import { keptRejection } from './store-rig.ts';
import { storeContract } from './store-contract.ts';

const REFUSED = 'refused';

storeContract('in memory', async () => {
  const store = new MemoryStore();
  let versions = 0;
  store.before = (_, events) => {
    if (events.some(({ event }) => event.payload === `"${REFUSED}"`))
      throw new StoreError('bad_row', REFUSED, '22003', undefined);
  };
  return {
    store,
    async addTenant(id) {
      store.tenants.add(id);
    },
    async addClient(tenantId, id) {
      store.clients.add(`${tenantId}/${id}`);
    },
    async setEventType(tenantId, name, schema) {
      versions += 1;
      store.register(tenantId, name, schema === null ? '0' : `${versions}`, schema && JSON.parse(schema));
    },
    async addMapping(mapping) {
      store.registeredMappings = [...store.registeredMappings, mapping];
    },
    badRow: (eventId) => storableEvent(plainEvent(eventId, { message: REFUSED })),
    messageIds: async () => [...store.messages.values()].map(({ messageId }) => messageId),
    rejections: async () => [...store.rejections.values()].map(keptRejection),
    async [Symbol.asyncDispose]() {},
  };
});

import { healingContract } from '../kit/healing-contract.ts';
import { inboxContract } from '../kit/inbox-contract.ts';
import { plainEvent } from '../kit/events.ts';
import { storableEvent } from '../kit/storable.ts';
import { storeContract } from '../kit/store-contract.ts';
import { keptRejection } from '../kit/store-rig.ts';
import { fairWeather } from './fair-weather.ts';
import { POISON } from './traffic.ts';

const VISIBILITY_TIMEOUT_SECONDS = 30;

/** Registers the names that the suites expect. */
function withNames() {
  const services = fairWeather(VISIBILITY_TIMEOUT_SECONDS);
  const { registry } = services.database;
  for (const client of ['client-1', 'client-2', 'client-3']) registry.addClient('default', client);
  for (const type of ['user-app', 'monitor-app']) registry.setType('default', type, '0', null);
  return services;
}

storeContract('of the simulation', async () => {
  const { store, database } = withNames();
  const { registry } = database;
  let versions = 1;
  return {
    store,
    addTenant: async (id) => registry.addTenant(id),
    addClient: async (tenantId, id) => registry.addClient(tenantId, id),
    async setEventType(tenantId, name, schema) {
      versions += 1;
      registry.setType(tenantId, name, schema === null ? '0' : `${versions}`, schema);
    },
    addMapping: async (mapping) => registry.addMapping(mapping),
    badRow: (eventId) => storableEvent(plainEvent(eventId, { message: { [POISON]: 1 } })),
    messageIds: async () => database.messageIds,
    rejections: async () => database.rejections.map(keptRejection),
    async [Symbol.asyncDispose]() {},
  };
});

inboxContract('of the simulation', async ({ visibilityTimeoutSeconds = VISIBILITY_TIMEOUT_SECONDS } = {}) => {
  const { inbox, queue, clock } = fairWeather(visibilityTimeoutSeconds);
  let sent = 0;
  return {
    inbox,
    nowMs: () => clock.nowMs,
    async send(bodies) {
      for (const body of bodies) {
        sent += 1;
        queue.send({ sqsMessageId: `message-${sent}`, body, attributes: {} });
      }
    },
    async [Symbol.asyncDispose]() {},
  };
});

healingContract('of the simulation', async () => {
  const { healing, store, database } = withNames();
  return {
    healing,
    async registerClient(clientId) {
      database.registry.addClient('default', clientId);
      database.healing.add({ tenantId: 'default', clientId });
    },
    async registerEventType(eventType) {
      database.registry.setType('default', eventType, '0', null);
      database.healing.add({ tenantId: 'default', eventType });
    },
    reject: (records) => store.reject(records),
    settle: (results) => store.settle(results),
    inState: async (state) =>
      database.rejections.filter((each) => each.state === state).map(({ sqsMessageId }) => sqsMessageId),
    async [Symbol.asyncDispose]() {},
  };
});

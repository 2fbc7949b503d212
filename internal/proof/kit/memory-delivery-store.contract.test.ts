import { deliveryStoreContract } from './delivery-store-contract.ts';
import { MemoryDeliveryStore } from './memory-delivery-store.ts';

deliveryStoreContract('in memory', async () => {
  const store = new MemoryDeliveryStore(Date.now);
  return {
    store,
    addEndpoint: async (given) => store.addEndpoint(given).number,
    changeEndpoint: async (number, url) => store.changeEndpoint(number, { url }),
    removeEndpoint: async (number) => store.removeEndpoint(number),
    async begin() {
      const transaction = store.begin();
      return {
        add: async (...messages) => transaction.add(...messages).map(({ id }) => id),
        commit: async () => transaction.commit(),
        rollback: async () => transaction.rollback(),
      };
    },
    expire: async (owner) => store.expire(owner),
    facts: async () => [...store.facts.values()],
    dead: async () => [...store.deadRows.values()],
    async [Symbol.asyncDispose]() {},
  };
});

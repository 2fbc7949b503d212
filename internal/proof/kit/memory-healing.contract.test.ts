import { healingContract } from './healing-contract.ts';
import { MemoryHealing } from './memory-healing.ts';
import { MemoryStore } from './memory-store.ts';

healingContract('in memory', async () => {
  const store = new MemoryStore();
  const healing = new MemoryHealing(store);
  return {
    healing,
    registerClient: async (clientId) => healing.register({ tenantId: 'default', clientId }),
    registerEventType: async (eventType) => healing.register({ tenantId: 'default', eventType }),
    async reject(records) {
      // Like keepRejections: a rejection whose names are all registered by now becomes a task.
      const before = new Set(store.healable().map(({ rejection }) => rejection.id));
      await store.reject(records);
      for (const { names, rejection } of store.healable()) {
        const { tenantId, clientId } = names;
        if (!before.has(rejection.id)) healing.tasks.add({ tenantId, clientId });
      }
    },
    settle: (results) => store.settle(results),
    inState: async (state) =>
      [...store.rejections.values()]
        .filter((each) => each.state === state)
        .map(({ sqsMessageId }) => sqsMessageId),
    async [Symbol.asyncDispose]() {},
  };
});

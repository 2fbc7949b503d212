import { MemoryPayloads } from './memory-payloads.ts';
import { payloadsContract } from './payloads-contract.ts';

payloadsContract('in memory', async (maxBytes) => {
  const payloads = new MemoryPayloads(maxBytes);
  return {
    payloads,
    put(name, object) {
      payloads.objects.set(name, object);
    },
    async goAway() {
      payloads.away = true;
    },
    fallSilent(whenAsked) {
      payloads.silent = true;
      setImmediate(whenAsked);
    },
    async [Symbol.asyncDispose]() {},
  };
});

import { Leases } from './leases.ts';
import { keepMappings, loadMappings } from './mappings.ts';
import type { Parts } from './parts.ts';
import type { ProcessorPorts, ProcessorSettings } from './settings.ts';

/**
 * Runs the parts until the drain, and then, from the first to the last, until what is held is stored and deleted. What could
 * not be is still held when this resolves.
 * @param store stores batches until there are no more
 */
export async function runParts(
  parts: Parts,
  ports: ProcessorPorts,
  settings: ProcessorSettings,
  store: () => Promise<void>,
): Promise<void> {
  const { shutdown, holdings, expander, receiver, batcher, acknowledger, lastDeletes } = parts;
  const { drain } = shutdown;
  const leases = new Leases({ ...ports, ...settings, holdings });
  const storing = runStorers(parts, settings.storeConnections, store);
  const expanding = shutdown.watch(expander.run(drain));
  await shutdown.watch(loadMappings(parts.reading, drain));
  await shutdown.watch(receiver.run(drain));
  await expanding;
  batcher.close();
  await shutdown.lastMoment(storing);
  const deleting = acknowledger.flush();
  await shutdown.lastMoment(deleting);
  lastDeletes.abort();
  await deleting;
  await leases.stop();
}

async function runStorers(
  { shutdown, blocked, reading }: Parts,
  connections: number,
  store: () => Promise<void>,
): Promise<void> {
  const stored = new AbortController();
  const keeping = shutdown.watch(keepMappings(reading, shutdown.drain));
  // At the stop too: a message group that waits would keep the storers waiting for what follows in it.
  const retrying = shutdown.watch(blocked.run(AbortSignal.any([stored.signal, shutdown.stop])));
  await Promise.all(Array.from({ length: connections }, () => shutdown.watch(store())));
  stored.abort();
  await Promise.all([retrying, keeping]);
}

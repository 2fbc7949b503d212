import type { MemoryInbox } from './memory-inbox.ts';
import type { MemoryStore } from './memory-store.ts';
import type { Payloads } from '../../processor/ports.ts';
import { Processor } from '../../processor/processor.ts';
import type { ProcessorSettings } from '../../processor/settings.ts';

/** Settings that are fast on a queue and a store in memory. The processor ends when the queue is empty. */
const SETTINGS: ProcessorSettings = {
  polls: 4,
  receiveWaitSeconds: 0.02,
  maxInFlight: 1_000,
  visibilityTimeoutSeconds: 60,
  maxLeaseSeconds: 600,
  batch: { events: 50, bytes: 1_000_000, ageMs: 2 },
  storeConnections: 2,
  maxExpandedBytes: 100_000,
  untilEmpty: true,
};

const log = { debug() {}, info() {}, warn() {}, error() {} };
const telemetry = { batchCommitted() {}, messageCommitted() {} };

/** A processor on a queue and a store in memory. It logs nothing; the test runs it. */
export function processorOn(
  inbox: MemoryInbox,
  store: MemoryStore,
  settings: Partial<ProcessorSettings> = {},
  payloads?: Payloads,
): Processor {
  const ports = { inbox, store, log, telemetry, ...(payloads === undefined ? {} : { payloads }) };
  return new Processor(ports, { ...SETTINGS, ...settings });
}

import type { BatchLimits } from './batcher.ts';
import type { Inbox, Log, Payloads, Store, Telemetry } from './ports.ts';

export interface ProcessorSettings {
  readonly polls: number;
  readonly receiveWaitSeconds: number;
  readonly maxInFlight: number;
  readonly visibilityTimeoutSeconds: number;
  readonly maxLeaseSeconds: number;
  readonly batch: BatchLimits;
  readonly storeConnections: number;
  /** Bytes that a compressed body may expand to. */
  readonly maxExpandedBytes: number;
  /** Whether it drains by itself once the queue is empty. */
  readonly untilEmpty: boolean;
}

export interface ProcessorPorts {
  readonly inbox: Inbox;
  readonly store: Store;
  readonly log: Log;
  readonly telemetry: Telemetry;
  /** Without it, bodies that are elsewhere are rejected. */
  readonly payloads?: Payloads;
}

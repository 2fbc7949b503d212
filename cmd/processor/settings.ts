import type { ProcessorSettings } from '#internal/processor/settings.ts';
import type { ProcessorConfig } from './config.ts';
import type { Options } from './options.ts';

/** An empty queue is to be noticed soon when that is what is waited for. */
const WAIT_UNTIL_EMPTY_SECONDS = 1;

export function settingsOf(config: ProcessorConfig, { untilEmpty }: Options): ProcessorSettings {
  return {
    polls: config.POLLS,
    receiveWaitSeconds: untilEmpty
      ? Math.min(WAIT_UNTIL_EMPTY_SECONDS, config.RECEIVE_WAIT_SECONDS)
      : config.RECEIVE_WAIT_SECONDS,
    maxInFlight: config.MAX_IN_FLIGHT,
    visibilityTimeoutSeconds: config.VISIBILITY_TIMEOUT_SECONDS,
    maxLeaseSeconds: config.MAX_LEASE_SECONDS,
    batch: { events: config.BATCH_SIZE, bytes: config.BATCH_BYTES, ageMs: config.BATCH_AGE_MS },
    storeConnections: config.STORE_CONNECTIONS,
    maxExpandedBytes: config.MAX_EXPANDED_BYTES,
    untilEmpty,
  };
}

/** Where health and metrics are served; without a host, on all addresses: containers and pods are asked from outside. */
export function healthAddressOf({ HEALTH_PORT: port, HEALTH_HOST: host }: ProcessorConfig) {
  return { port, ...(host === undefined ? {} : { host }) };
}

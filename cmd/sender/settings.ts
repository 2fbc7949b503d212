import { hostname } from 'node:os';
import process from 'node:process';
import type { SenderConfig } from '#internal/programs/sender.ts';
import type { SenderSettings } from '#internal/sender/settings.ts';

export function settingsOf(config: SenderConfig): SenderSettings {
  return {
    name: `${hostname()} ${process.pid}`,
    concurrency: config.SENDER_CONCURRENCY,
    hostConcurrency: config.SENDER_HOST_CONCURRENCY,
    leaseSeconds: config.SENDER_LEASE_SECONDS,
    results: { count: config.SENDER_RESULTS, ageMs: config.SENDER_RESULTS_AGE_MS },
    pollMs: config.SENDER_POLL_MS,
  };
}

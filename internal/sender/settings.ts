import type { Announcer } from './announcements.ts';
import type { DeliveryStore, Log, Telemetry } from './ports.ts';
import type { Wire } from './wire/ports.ts';

export interface SenderSettings {
  /** Host and process id, for people. */
  readonly name: string;
  /** Requests in flight of the process. */
  readonly concurrency: number;
  /** Of these, to one origin host. */
  readonly hostConcurrency: number;
  readonly leaseSeconds: number;
  /** Results are written when this many wait, or the oldest is this old. */
  readonly results: { readonly count: number; readonly ageMs: number };
  /** How often lanes are looked for while there is work; ten times as long when there is none. */
  readonly pollMs: number;
}

export interface SenderPorts {
  readonly store: DeliveryStore;
  readonly wire: Wire;
  readonly announcer: Announcer;
  readonly log: Log;
  readonly telemetry: Telemetry;
}

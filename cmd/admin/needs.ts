import type { Needs } from '#internal/programs/input.ts';
import {
  bodyConfig,
  databaseConfig,
  queueConfig,
  replayConfig,
  sealingConfig,
  wireConfig,
} from '#internal/programs/admin.ts';

const DATABASE: Needs = { configs: [databaseConfig], aws: false };
const QUEUE: Needs = { configs: [queueConfig], aws: true };
const BODIES: Needs = { configs: [databaseConfig, bodyConfig], aws: false };

const SECRETS: Needs = { configs: [databaseConfig, sealingConfig], aws: false };
const SENDING: Needs = { configs: [databaseConfig, sealingConfig, wireConfig], aws: false };

/** Needs by command; all other commands need only PostgreSQL. */
const OTHERS: Readonly<Record<string, Needs>> = {
  'queue create': QUEUE,
  'queue show': QUEUE,
  'queue redrive': QUEUE,
  'rejections show': BODIES,
  'rejections replay': { configs: [databaseConfig, replayConfig], aws: false },
  'mapping test': BODIES,
  'endpoint add': SENDING,
  'endpoint set': SENDING,
  'endpoint test': SENDING,
  'endpoint rotate-secret': SECRETS,
  'sender reseal': SECRETS,
  'mapping presets': { configs: [], aws: false },
  doctor: { configs: [], aws: false, judges: true },
};

/** Returns what a command needs; it is checked before the command runs, together with the command line. */
export function needsOf(command: string): Needs {
  return OTHERS[command] ?? DATABASE;
}

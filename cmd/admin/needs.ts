import type { Needs } from '#internal/programs/input.ts';
import { bodyConfig, databaseConfig, queueConfig, replayConfig } from '#internal/programs/admin.ts';

const DATABASE: Needs = { configs: [databaseConfig], aws: false };
const QUEUE: Needs = { configs: [queueConfig], aws: true };
const BODIES: Needs = { configs: [databaseConfig, bodyConfig], aws: false };

/** Needs by command; all other commands need only PostgreSQL. */
const OTHERS: Readonly<Record<string, Needs>> = {
  'queue create': QUEUE,
  'queue show': QUEUE,
  'queue redrive': QUEUE,
  'rejections show': BODIES,
  'rejections replay': { configs: [databaseConfig, replayConfig], aws: false },
  'mapping test': BODIES,
  'mapping presets': { configs: [], aws: false },
  doctor: { configs: [], aws: false, judges: true },
};

/** Returns what a command needs; it is checked before the command runs, together with the command line. */
export function needsOf(command: string): Needs {
  return OTHERS[command] ?? DATABASE;
}

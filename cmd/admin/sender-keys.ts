import process from 'node:process';
import { loadConfig } from '#internal/config/config.ts';
import { Sealing } from '#internal/postgres/sealing.ts';
import { sealingConfig } from '#internal/programs/admin.ts';

/** Seals with the first key of SENDER_KEYS, and opens with all of them. */
export function configuredSealing(): Sealing {
  return new Sealing(loadConfig(sealingConfig, process.env).SENDER_KEYS);
}

import process from 'node:process';
import { configProblems, loadConfig } from '#internal/config/config.ts';
import { Sealing } from '#internal/postgres/sealing.ts';
import { sealingConfig } from '#internal/programs/admin.ts';

/** Seals with the first key of SENDER_KEYS, and opens with all of them. */
export function configuredSealing(): Sealing {
  return new Sealing(loadConfig(sealingConfig, process.env).SENDER_KEYS);
}

/** As `configuredSealing`; undefined where SENDER_KEYS is not set, or is wrong. */
export function sealingIfConfigured(): Sealing | undefined {
  return configProblems(sealingConfig, process.env).length === 0 ? configuredSealing() : undefined;
}

import { readdirSync } from 'node:fs';

/** Names of all migrations, in order. */
export const MIGRATIONS: readonly string[] = readdirSync(new URL('../../../migrations/', import.meta.url))
  .filter((name) => name.endsWith('.sql'))
  .toSorted();

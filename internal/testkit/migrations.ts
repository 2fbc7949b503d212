import { readdirSync } from 'node:fs';

/** Names of the files in migrations/, in the order in which they are applied. */
export const MIGRATIONS: readonly string[] = readdirSync(
  new URL('../../migrations/', import.meta.url),
).toSorted();

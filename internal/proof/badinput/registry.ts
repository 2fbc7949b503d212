import type pg from 'pg';
import { addMapping } from '../../postgres/mappings.ts';
import { addClient, addEventType, addTenant } from '../../postgres/registry/add.ts';
import { FOREIGN_TYPES, MAPPINGS } from './mappings.ts';
import { SCHEMAS } from './cases/schema.ts';
import { SCHEMA_TEXTS } from './cases/schema-kinds.ts';

/** Registers the names that the cases use, in addition to those of every new database. */
export async function registerNames(pool: pg.Pool): Promise<void> {
  await addTenant(pool, 'other');
  await addClient(pool, 'other', 'theirs');
  await addEventType(pool, 'other', 'their-app', null);
  for (const [name, schema] of Object.entries(SCHEMAS))
    await addEventType(pool, 'default', name, JSON.stringify(schema));
  for (const [name, schema] of Object.entries(SCHEMA_TEXTS))
    await addEventType(pool, 'default', name, schema);
  for (const name of FOREIGN_TYPES) await addEventType(pool, 'default', name, null);
  for (const mapping of MAPPINGS) await addMapping(pool, mapping);
}

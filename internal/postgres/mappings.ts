import type pg from 'pg';
import type { MappingDefinition, RegisteredMappings } from '../event/mapping/mapping.ts';
import { sqlStateOf } from './errors.ts';

/** Of a MappingDefinition, in the order in which mappings are tried. */
const DEFINITIONS = `select name, priority, queue, match, each, event, type, client, tenant, id, source, time, payload
  from mapping order by priority, name collate "C"`;

/**
 * All mappings and their version; undefined while that is the known one. One statement, so that both are of one moment. The
 * version is 0 where its row was deleted: processors that got no answer would wait for one and receive nothing.
 */
export async function readMappings(
  pool: pg.Pool,
  knownVersion: string | undefined,
): Promise<RegisteredMappings | undefined> {
  const { rows } = await pool.query<RegisteredMappings>(
    `select r.revision::text as version,
            coalesce((select json_agg(m) from (${DEFINITIONS}) m), '[]') as mappings
       from (select coalesce(max(revision), 0) as revision from mapping_revision) r
      where $1::bigint is null or r.revision <> $1`,
    [knownVersion ?? null],
  );
  return rows[0];
}

export async function listMappings(pool: pg.Pool): Promise<MappingDefinition[]> {
  const { rows } = await pool.query<MappingDefinition>(DEFINITIONS);
  return rows;
}

/** `exists`: there is one of that name, which is left as it is. `refused`: with what PostgreSQL says against it. */
type MappingAdded =
  | { readonly kind: 'added' | 'exists' }
  | { readonly kind: 'refused'; readonly problem: string };

export async function addMapping(pool: pg.Pool, mapping: MappingDefinition): Promise<MappingAdded> {
  try {
    const { rowCount } = await pool.query(
      `insert into mapping (name, priority, queue, match, each, event, type, client, tenant, id, source, time, payload)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) on conflict do nothing`,
      [
        mapping.name,
        mapping.priority,
        mapping.queue,
        JSON.stringify(mapping.match),
        mapping.each,
        mapping.event,
        mapping.type,
        mapping.client,
        mapping.tenant,
        mapping.id,
        mapping.source,
        mapping.time,
        mapping.payload,
      ],
    );
    return { kind: rowCount === 1 ? 'added' : 'exists' };
  } catch (error) {
    if (sqlStateOf(error) !== '23514') throw error;
    return { kind: 'refused', problem: (error as Error).message };
  }
}

/** Whether there was one of that name. */
export async function removeMapping(pool: pg.Pool, name: string): Promise<boolean> {
  const { rowCount } = await pool.query('delete from mapping where name = $1', [name]);
  return rowCount === 1;
}

import type pg from 'pg';
import { type MappingDefinition, readMatch, type RegisteredMappings } from '../event/mapping/mapping.ts';
import { sqlStateOf } from './errors.ts';

/** A MappingDefinition whose match is JSON text: JavaScript would round the numbers in it. */
type MappingRow = Omit<MappingDefinition, 'match'> & { readonly match: string };

/** Selects MappingRows in the order in which they are tried. */
const DEFINITIONS = `select name, priority, queue, match::text as match, each, event, type, client, tenant, id, source, time,
       deliver_after as "deliverAfter", payload
  from mapping order by priority, name collate "C"`;

/**
 * All mappings and their version; undefined while that is the known one. One statement, so that both are of one moment. The
 * version is 0 where its row was deleted: processors that got no answer would wait for one and receive nothing.
 */
export async function readMappings(
  pool: pg.Pool,
  knownVersion: string | undefined,
): Promise<RegisteredMappings | undefined> {
  const { rows } = await pool.query<{ version: string; mappings: MappingRow[] }>(
    `select r.revision::text as version,
            coalesce((select json_agg(m) from (${DEFINITIONS}) m), '[]') as mappings
       from (select coalesce(max(revision), 0) as revision from mapping_revision) r
      where $1::bigint is null or r.revision <> $1`,
    [knownVersion ?? null],
  );
  const [row] = rows;
  return row === undefined ? undefined : { ...row, mappings: row.mappings.map(definitionOf) };
}

function definitionOf(row: MappingRow): MappingDefinition {
  return { ...row, match: readMatch(row.match) };
}

export async function listMappings(pool: pg.Pool): Promise<MappingDefinition[]> {
  const { rows } = await pool.query<MappingRow>(DEFINITIONS);
  return rows.map(definitionOf);
}

/** `exists`: a mapping of that name exists and is left unchanged. `refused`: `problem` is PostgreSQL's message. */
type MappingAdded =
  | { readonly kind: 'added' | 'exists' }
  | { readonly kind: 'refused'; readonly problem: string };

export async function addMapping(pool: pg.Pool, mapping: MappingDefinition): Promise<MappingAdded> {
  try {
    const { rowCount } = await pool.query(
      `insert into mapping (name, priority, queue, match, each, event, type, client, tenant, id, source, time,
                            deliver_after, payload)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) on conflict do nothing`,
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
        mapping.deliverAfter,
        mapping.payload,
      ],
    );
    return { kind: rowCount === 1 ? 'added' : 'exists' };
  } catch (error) {
    if (sqlStateOf(error) !== '23514') throw error;
    return { kind: 'refused', problem: (error as Error).message };
  }
}

/** Returns whether there was a mapping of that name. */
export async function removeMapping(pool: pg.Pool, name: string): Promise<boolean> {
  const { rowCount } = await pool.query('delete from mapping where name = $1', [name]);
  return rowCount === 1;
}

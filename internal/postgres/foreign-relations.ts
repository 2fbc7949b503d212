import type pg from 'pg';
import { sqlStateOf } from './errors.ts';

/** Relations that are in our schema before the first migration. */
export interface ForeignRelations {
  readonly schema: string;
  /** The names of some of them. */
  readonly names: readonly string[];
  readonly count: number;
}

const MOST_NAMED = 5;

/** duplicate_table, duplicate_object, duplicate_function. */
const TAKEN = new Set(['42P07', '42710', '42723']);

/**
 * Returns the tables, views and sequences in the schema where `create table` creates them, except those of extensions.
 * Before the first migration, all of them belong to other programs.
 */
export async function foreignRelations(client: pg.PoolClient): Promise<ForeignRelations> {
  const { rows } = await client.query<{ schema: string | null; names: string[]; count: number }>(
    `select current_schema() as schema, coalesce((array_agg(relname::text order by relname))[1:${MOST_NAMED}], '{}') as names,
            count(*)::integer as count
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = current_schema() and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and c.relname <> 'schema_migration'
        and not exists (select from pg_depend d
                         where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype in ('a', 'e', 'i'))`,
  );
  const { schema = null, names = [], count = 0 } = rows[0] ?? {};
  return { schema: schema ?? '', names, count };
}

/** A sentence about them, without the full stop. */
export function holdsForeign({ schema, names, count }: ForeignRelations): string {
  const more = count > names.length ? ` and ${count - names.length} more` : '';
  return `the schema ${schema} holds tables that are not this program's: ${names.join(', ')}${more}`;
}

/** Says what to do when a name that a migration creates is taken; empty for other errors. */
export function adviceOnTaken(error: unknown, foreign: ForeignRelations | undefined): string {
  if (!TAKEN.has(sqlStateOf(error) ?? '')) return '';
  const why = foreign !== undefined && foreign.count > 0 ? `${holdsForeign(foreign)}. ` : '';
  return `; ${why}Give this program a database of its own, or a schema of its own by "search_path" of its role`;
}

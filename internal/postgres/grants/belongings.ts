import type pg from 'pg';
import { FUNCTIONS, RELATIONS } from './granted.ts';

export type Connection = pg.Pool | pg.PoolClient;

/** Our objects in a database, in the first schema of the session's search path. */
export interface Belongings {
  readonly database: string;
  readonly schema: string;
  /** Those of our relations that exist. */
  readonly relations: readonly { readonly name: string; readonly owner: string }[];
  /** Partitions of our tables. */
  readonly partitions: readonly { readonly name: string; readonly owner: string }[];
  readonly functions: readonly { readonly name: string; readonly owner: string }[];
  /** Whether everybody may create tables in the schema, as by default before PostgreSQL 15. */
  readonly openToAll: boolean;
}

/** @throws Error when the search path names no schema that exists */
export async function belongingsOf(connection: Connection): Promise<Belongings> {
  const place = await connection.query<{
    database: string;
    schema: string | null;
    openToAll: boolean | null;
  }>(
    `select current_database() as database, current_schema() as schema,
            (select exists (select from aclexplode(nspacl) where grantee = 0 and privilege_type = 'CREATE')
               from pg_namespace where nspname = current_schema()) as "openToAll"`,
  );
  const { database = '', schema = null, openToAll = null } = place.rows[0] ?? {};
  if (schema === null) throw new Error('the search path of this user names no schema that exists');
  const { rows } = await connection.query<{ name: string; owner: string; parent: string | null }>(
    `select c.relname as name, pg_get_userbyid(c.relowner) as owner,
            (select p.relname from pg_inherits i join pg_class p on p.oid = i.inhparent where i.inhrelid = c.oid) as parent
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = $1 and c.relkind in ('r', 'p', 'v', 'S') order by c.relname`,
    [schema],
  );
  const functions = await connection.query<{ name: string; owner: string }>(
    `select f.name, pg_get_userbyid(p.proowner) as owner
       from unnest($1::text[]) as f (name) join pg_proc p on p.oid = to_regprocedure(f.name)`,
    [FUNCTIONS],
  );
  return {
    database,
    schema,
    relations: rows.filter(({ name, parent }) => parent === null && Object.hasOwn(RELATIONS, name)),
    partitions: rows.filter(({ parent }) => parent !== null && Object.hasOwn(RELATIONS, parent)),
    functions: functions.rows,
    openToAll: openToAll === true,
  };
}

export interface RoleFacts {
  readonly name: string;
  readonly exists: boolean;
  readonly superuser: boolean;
  /** Whether it has the owner's rights, by being the owner or a member of it. */
  readonly actsAsOwner: boolean;
  /** Whether it lacks the right to connect to this database, or to use the schema; rights of everybody count. */
  readonly lacksConnect: boolean;
  readonly lacksUsage: boolean;
  /** Whether the schema comes first in the search path of its sessions. */
  readonly findsSchema: boolean;
}

/** Returns what PostgreSQL knows about roles, relative to that owner and that schema of this database. */
export async function roleFacts(
  connection: Connection,
  names: readonly string[],
  { owner, schema }: { readonly owner: string; readonly schema: string },
): Promise<RoleFacts[]> {
  const { rows } = await connection.query<RoleFacts>(
    `select n.name, r.oid is not null as exists, coalesce(r.rolsuper, false) as superuser,
            coalesce(pg_has_role(r.oid, o.oid, 'member'), false) as "actsAsOwner",
            coalesce(not has_database_privilege(r.oid, current_database(), 'connect'), false) as "lacksConnect",
            coalesce(not has_schema_privilege(r.oid, $3, 'usage'), false) as "lacksUsage",
            coalesce((select setting = any (array[$3, quote_ident($3)])
                        or setting like quote_ident($3) || ',%'
                        or $3 = 'public' and setting = '"$user", public'
                        from (select substr(entry, 13) as setting
                                from pg_db_role_setting s cross join unnest(s.setconfig) as entry
                               where s.setrole in (0, r.oid) and s.setdatabase in (0, d.oid)
                                 and entry like 'search\\_path=%'
                               order by s.setrole = 0, s.setdatabase = 0 limit 1) as own),
                     $3 = 'public') as "findsSchema"
       from unnest($1::text[]) with ordinality as n (name, position)
       join pg_database d on d.datname = current_database()
       left join pg_roles r on r.rolname = n.name
       left join pg_roles o on o.rolname = $2
      order by n.position`,
    [names, owner, schema],
  );
  return rows;
}

import pg from 'pg';

/** What a role is for. The owner migrates and makes partitions; it has every right without a grant. */
export type Purpose = 'processor' | 'operator' | 'reader';

type Privilege = 'select' | 'insert' | 'update' | 'delete' | 'truncate' | 'references' | 'trigger' | 'usage';

interface Relation {
  readonly kind: 'table' | 'view' | 'sequence';
  readonly rights: Readonly<Record<Purpose, readonly Privilege[]>>;
}

const READ = ['select'] as const;
const APPEND = ['select', 'insert'] as const;
const KEEP = ['select', 'insert', 'update'] as const;
const ALL = ['select', 'insert', 'update', 'delete'] as const;

/**
 * Every table, view and sequence of ours, and who may do what with it. Nobody but the owner may truncate, or change what
 * was stored. A migration that adds one states it here; a test compares them with the schema.
 */
export const RELATIONS: Readonly<Record<string, Relation>> = {
  schema_migration: table({ processor: READ, operator: READ }),
  tenant: table({ processor: READ, operator: ALL }),
  client: table({ processor: READ, operator: ALL }),
  event_type: table({ processor: READ, operator: ALL }),
  // The trigger on event_type draws from it with the rights of whoever changes a schema.
  schema_version: { kind: 'sequence', rights: { processor: [], operator: ['usage'], reader: [] } },
  mapping: table({ processor: READ, operator: ALL }),
  // The trigger on mapping counts in it with the rights of whoever changes one.
  mapping_revision: table({ processor: READ, operator: ['select', 'update'] }),
  // An operator's replay stores events, as the processor does.
  message: table({ processor: APPEND, operator: APPEND }),
  message_key: table({ processor: APPEND, operator: APPEND }),
  // The processor deletes those past their retention.
  rejection: table({ processor: ALL, operator: KEEP }),
  // A replay that rejects anew makes tasks, too; those of a registration come by triggers with the owner's rights.
  healing: table({ processor: ALL, operator: APPEND }),
  housekeeping: table({ processor: KEEP, operator: READ }),
  rejection_readable: view(),
  rejection_count: view(),
  message_count: view(),
};

/** Functions of ours. Everybody may call them; to change them, the owner must own them. */
export const FUNCTIONS: readonly string[] = [
  'advance_mapping_revision()',
  'heal_clients()',
  'heal_event_types()',
  'set_schema_version()',
];

const OF_A_TABLE = ['select', 'insert', 'update', 'delete', 'truncate', 'references', 'trigger'] as const;
const OF_A_SEQUENCE = ['usage'] as const;

function table(rights: Omit<Relation['rights'], 'reader'>): Relation {
  return { kind: 'table', rights: { ...rights, reader: READ } };
}

function view(): Relation {
  return { kind: 'view', rights: { processor: [], operator: READ, reader: READ } };
}

type Connection = pg.Pool | pg.PoolClient;

/** What of ours a database holds, in the schema that the session's search path begins with. */
export interface Belongings {
  readonly database: string;
  readonly schema: string;
  /** Relations of ours that are there. */
  readonly relations: readonly { readonly name: string; readonly owner: string }[];
  /** Partitions of our tables. */
  readonly partitions: readonly { readonly name: string; readonly owner: string }[];
  readonly functions: readonly { readonly name: string; readonly owner: string }[];
  /** Whether everybody may make tables in the schema, as before PostgreSQL 15. */
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
  /** Whether it may do what the owner may, by being it or by membership. */
  readonly actsAsOwner: boolean;
  /** Whether it lacks the right to connect to this database, or to use the schema, by itself or as everybody. */
  readonly lacksConnect: boolean;
  readonly lacksUsage: boolean;
  /** Whether its sessions would find the schema first. */
  readonly findsSchema: boolean;
}

/** What PostgreSQL knows of roles, with regard to that owner and that schema of this database. */
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

export interface Grantee {
  readonly name: string;
  readonly purpose: Purpose;
}

/**
 * The statements that make the rights what RELATIONS says: what was granted before is taken back first, in the same
 * transaction, so that a running program notices nothing. Statements for which there is no need are left out: they ask
 * for more than the owner of the tables has.
 */
export function grantStatements(
  { database, schema, relations, partitions, functions, openToAll }: Belongings,
  owner: string,
  grantees: readonly Grantee[],
  facts: ReadonlyMap<string, RoleFacts>,
): string[] {
  const quoted = pg.escapeIdentifier;
  const qualified = (name: string) => `${quoted(schema)}.${quoted(name)}`;
  const roles = grantees.map(({ name }) => quoted(name)).join(', ');
  const readers = grantees.filter(({ purpose }) => purpose !== 'processor').map(({ name }) => quoted(name));
  const everybody = [owner, ...grantees.map(({ name }) => name)];
  const foreign = [...relations, ...partitions].filter((each) => each.owner !== owner);
  const tables = [...relations.filter(({ name }) => kindOf(name) !== 'sequence'), ...partitions];
  const sequences = relations.filter(({ name }) => kindOf(name) === 'sequence');
  const list = (items: readonly { readonly name: string }[]) =>
    items.map(({ name }) => qualified(name)).join(', ');
  return [
    ...everybody
      .filter((name) => facts.get(name)?.lacksConnect)
      .map((name) => `grant connect on database ${quoted(database)} to ${quoted(name)}`),
    ...everybody
      .filter((name) => facts.get(name)?.lacksUsage)
      .map((name) => `grant usage on schema ${quoted(schema)} to ${quoted(name)}`),
    ...everybody
      .filter((name) => facts.get(name)?.findsSchema === false)
      .map(
        (name) =>
          `alter role ${quoted(name)} in database ${quoted(database)} set search_path to ${quoted(schema)}`,
      ),
    ...(foreign.length > 0 ? [`grant usage, create on schema ${quoted(schema)} to ${quoted(owner)}`] : []),
    ...foreign.map(({ name }) => `alter ${kindOf(name)} ${qualified(name)} owner to ${quoted(owner)}`),
    ...functions
      .filter((each) => each.owner !== owner)
      .map(({ name }) => `alter function ${quoted(schema)}.${name} owner to ${quoted(owner)}`),
    ...(openToAll ? [`revoke create on schema ${quoted(schema)} from public`] : []),
    ...(grantees.length === 0
      ? []
      : [
          `revoke all on table ${list(tables)} from public, ${roles}`,
          ...(sequences.length === 0
            ? []
            : [`revoke all on sequence ${list(sequences)} from public, ${roles}`]),
          ...grantees.flatMap((grantee) => grantsOf(grantee, relations, qualified)),
          `alter default privileges for role ${quoted(owner)} in schema ${quoted(schema)} revoke all on tables from ${roles}`,
        ]),
    // Tables of later migrations can be read at once; the other rights on them come with the next run.
    ...(readers.length === 0
      ? []
      : [
          ...(partitions.length === 0
            ? []
            : [`grant select on table ${list(partitions)} to ${readers.join(', ')}`]),
          `alter default privileges for role ${quoted(owner)} in schema ${quoted(schema)} grant select on tables to ${readers.join(', ')}`,
        ]),
  ];
}

function kindOf(name: string): Relation['kind'] {
  return RELATIONS[name]?.kind ?? 'table'; // a partition
}

function grantsOf(
  { name: role, purpose }: Grantee,
  relations: Belongings['relations'],
  qualified: (name: string) => string,
): string[] {
  const byRights = new Map<string, string[]>();
  for (const { name } of relations) {
    const rights = RELATIONS[name]?.rights[purpose] ?? [];
    if (rights.length === 0) continue;
    const what = `${rights.join(', ')} on ${kindOf(name) === 'sequence' ? 'sequence' : 'table'}`;
    byRights.set(what, [...(byRights.get(what) ?? []), qualified(name)]);
  }
  return [...byRights].map(
    ([what, names]) => `grant ${what} ${names.join(', ')} to ${pg.escapeIdentifier(role)}`,
  );
}

/** The number is arbitrary and ours: two that change the rights of the same table at once would fail. */
const LOCK = 7_203_118_406;

/** Only a change of owner waits for a table. */
const LOCK_TIMEOUT_MS = 2_000;

/** Runs the statements in one transaction. */
export async function runGrants(pool: pg.Pool, statements: readonly string[]): Promise<void> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query(`begin; set local lock_timeout = ${LOCK_TIMEOUT_MS}`);
    await client.query('select pg_advisory_xact_lock($1)', [LOCK]);
    for (const statement of statements) await client.query(statement);
    await client.query('commit');
  } catch (error) {
    broken = error as Error; // closing the connection rolls back
    throw error;
  } finally {
    client.release(broken);
  }
}

/** How the rights of a role differ from what its purpose needs; each in words, such as "delete on message". */
export interface RightsFound {
  readonly role: string;
  readonly missing: readonly string[];
  readonly excess: readonly string[];
  /** Whether it may make partitions of message. */
  readonly makesPartitions: boolean;
}

/** Rights that a role has in effect, its own, those of roles that it is a member of, and those of everybody. */
export async function rightsOf(
  connection: Connection,
  purpose: Purpose,
  role?: string,
): Promise<RightsFound> {
  const asked = Object.entries(RELATIONS).flatMap(([relation, { kind, rights }]) =>
    (kind === 'sequence' ? OF_A_SEQUENCE : OF_A_TABLE).map((privilege) => ({
      relation,
      privilege,
      sequence: kind === 'sequence',
      wanted: rights[purpose].includes(privilege),
    })),
  );
  const { rows } = await connection.query<RightsRow>(
    `with role as (select oid, rolname, rolsuper from pg_roles where rolname = coalesce($1, current_user)),
          owner as (select relowner as oid from pg_class where oid = 'message'::regclass)
     select role.rolname as role, role.rolsuper as superuser, pg_has_role(role.oid, owner.oid, 'usage') as owner,
            has_schema_privilege(role.oid, current_schema(), 'create') as creates,
            array(select n.position::integer from unnest($2::text[], $3::text[], $4::boolean[]) with ordinality
                    as n (relation, privilege, sequence, position)
                   where to_regclass(n.relation) is not null
                     and not case when n.sequence then has_sequence_privilege(role.oid, to_regclass(n.relation), n.privilege)
                                  else has_table_privilege(role.oid, to_regclass(n.relation), n.privilege) end) as lacking,
            array(select n.position::integer from unnest($2::text[]) with ordinality as n (relation, position)
                   where to_regclass(n.relation) is null) as absent
       from role, owner`,
    [
      role ?? null,
      asked.map((each) => each.relation),
      asked.map((each) => each.privilege),
      asked.map((each) => each.sequence),
    ],
  );
  const [found] = rows;
  if (found === undefined) throw new Error(`the role ${role} does not exist`);
  const lacking = new Set(found.lacking);
  const absent = new Set(found.absent);
  const words = (each: (typeof asked)[number]) => `${each.privilege} on ${each.relation}`;
  const missing = asked.filter(({ wanted }, i) => wanted && lacking.has(i + 1)).map(words);
  const more = asked
    .filter(({ wanted }, i) => !wanted && !lacking.has(i + 1) && !absent.has(i + 1))
    .map(words);
  const everything = found.superuser
    ? 'everything: it is a superuser'
    : 'everything: it acts as the owner of the tables';
  return {
    role: found.role,
    missing,
    excess:
      found.superuser || found.owner
        ? [everything]
        : [...more, ...(found.creates ? ['create on the schema'] : [])],
    makesPartitions: (found.superuser || found.owner) && found.creates,
  };
}

interface RightsRow {
  readonly role: string;
  readonly superuser: boolean;
  readonly owner: boolean;
  readonly creates: boolean;
  /** Positions from 1. */
  readonly lacking: number[];
  readonly absent: number[];
}

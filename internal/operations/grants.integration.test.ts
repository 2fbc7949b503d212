import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { expect, test } from 'vitest';
import { FUNCTIONS, RELATIONS } from '../postgres/grants/granted.ts';
import { rightsOf } from '../postgres/grants/check-rights.ts';
import { migrate } from '../postgres/migrate.ts';
import { openPool } from '../postgres/pool.ts';
import { ensurePartitions } from '../postgres/partitions.ts';
import { PostgresDeliveryStore } from '../postgres/deliveries/store.ts';
import { sqlStateOf } from '../postgres/errors.ts';
import { PostgresStore } from '../postgres/store.ts';
import { createDatabase } from '../proof/kit/database.ts';
import { insertEndpoint, storableOf, TEST_SEALING } from '../proof/kit/delivery-database.ts';
import { testRoles } from '../proof/kit/roles.ts';
import type { Mark } from '../sender/ports.ts';
import { applyGrants, planGrants, type RolesWanted } from './grants.ts';

async function grant(pool: pg.Pool, wanted: RolesWanted) {
  return applyGrants(pool, await planGrants(pool, wanted));
}

/** Returns every right on anything in the schema, and every default privilege. */
async function allRights(pool: pg.Pool): Promise<unknown[]> {
  const { rows } = await pool.query(
    `select relname, pg_get_userbyid(relowner) as owner, array(select unnest(relacl)::text order by 1) as rights
       from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'S')
      union all select 'defaults', pg_get_userbyid(defaclrole), array(select unnest(defaclacl)::text order by 1)
       from pg_default_acl order by 1`,
  );
  return rows;
}

test('every table, view, sequence and function of the migrations has its rights stated', async () => {
  await using database = await createDatabase();
  const { rows } = await database.pool.query<{ name: string; kind: string }>(
    `select c.relname as name, case when c.relkind = 'v' then 'view' when c.relkind = 'S' then 'sequence' else 'table' end as kind
       from pg_class c
      where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'S') and not c.relispartition
        and not (c.relkind = 'S' and exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'i'))
      order by 1`,
  );
  const stated = Object.entries(RELATIONS).map(([name, { kind }]) => ({ name, kind }));
  expect(rows).toEqual(stated.toSorted((a, b) => (a.name < b.name ? -1 : 1)));
  const functions = await database.pool.query<{ name: string }>(
    "select oid::regprocedure::text as name from pg_proc where pronamespace = 'public'::regnamespace order by 1",
  );
  expect(functions.rows.map(({ name }) => name)).toEqual(FUNCTIONS);
});

test('nobody but the owner may truncate, or change or delete what was stored', () => {
  const given = Object.entries(RELATIONS).flatMap(([name, { rights }]) =>
    Object.values(rights).flatMap((each) => each.map((right) => `${right} ${name}`)),
  );
  const harmful = /^truncate|^(update|delete) (message|message_key|schema_migration)$/;
  expect(given.filter((each) => harmful.test(each))).toEqual([]);
});

test('tables change their owner, each role gets its rights and no others, and a second run changes nothing', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  await using roles = testRoles(pool);
  const [owner, processor, sender, operator, reader] = await Promise.all(
    ['own"er', 'processor', 'sender', 'Operator', 'reader'].map((part) => roles.make(part)),
  );
  const wanted = { owner, processor, sender, operator, reader } as Required<RolesWanted>;
  await pool.query(`grant all on all tables in schema public to "${wanted.processor}"`);
  await pool.query('grant insert on message to public; grant create on schema public to public');
  const granted = await grant(pool, wanted);
  expect(granted.map(({ purpose, missing, excess }) => ({ purpose, missing, excess }))).toEqual(
    ['processor', 'sender', 'operator', 'reader'].map((purpose) => ({ purpose, missing: [], excess: [] })),
  );
  const before = await allRights(pool);
  expect(new Set(before.map((each) => (each as { owner: string }).owner))).toEqual(new Set([owner]));
  await using asOwner = closing(openPool(roles.urlFor(database.url, wanted.owner), OPTIONS));
  await grant(asOwner.pool, wanted);
  expect(await allRights(pool)).toEqual(before);
  expect(await ensurePartitions(asOwner.pool, new Date('2031-01-01T00:00:00Z'), 2)).toHaveLength(6);
  await asOwner.pool.query('create table of_a_later_migration (id bigint)');
  const may = async (role: string, table: string, right: string) =>
    (
      await pool.query<{ may: boolean }>('select has_table_privilege($1, $2, $3) as may', [
        role,
        table,
        right,
      ])
    ).rows[0]?.may;
  for (const table of ['of_a_later_migration', 'message_20310101']) {
    expect(await may(wanted.reader, table, 'select')).toBe(true);
    expect(await may(wanted.operator, table, 'select')).toBe(true);
    expect(await may(wanted.processor, table, 'select, insert, update, delete, truncate')).toBe(false);
    expect(await may(wanted.reader, table, 'insert, update, delete, truncate')).toBe(false);
  }
});

test('an owner that is nobody else migrates and grants by itself, in a schema of its own', async () => {
  await using database = await createDatabase({ migrated: false });
  const { pool } = database;
  await using roles = testRoles(pool);
  const [owner, processor] = [await roles.make('owner', 'createrole'), await roles.make('processor')];
  await pool.query(
    `create schema "our events" authorization "${owner}";
     alter role "${owner}" in database ${new URL(database.url).pathname.slice(1)} set search_path to "our events"`,
  );
  await pool.query(`grant "${processor}" to "${owner}" with admin option`);
  await using asOwner = closing(openPool(roles.urlFor(database.url, owner), OPTIONS));
  await migrate(asOwner.pool);
  await ensurePartitions(asOwner.pool, new Date(), 1);
  const plan = await planGrants(asOwner.pool, { processor });
  expect(plan.owner).toBe(owner);
  expect(plan.statements.filter((each) => each.startsWith('alter role'))).toHaveLength(1);
  await applyGrants(asOwner.pool, plan);
  const again = await planGrants(asOwner.pool, { processor });
  expect(again.statements.filter((each) => /^alter (role|table)|^grant usage/.test(each))).toEqual([]);
  await using asProcessor = closing(openPool(roles.urlFor(database.url, processor), OPTIONS));
  expect((await asProcessor.pool.query('select from tenant')).rowCount).toBe(1);
  expect(await rightsOf(asProcessor.pool, 'processor')).toMatchObject({
    missing: [],
    excess: [],
    makesPartitions: false,
  });
});

test('roles that cannot be used are refused before anything is changed, with what to do', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  await using roles = testRoles(pool);
  const [owner, member, plain] = [
    await roles.make('owner'),
    await roles.make('member'),
    await roles.make('plain'),
  ];
  const root = await roles.make('root', 'superuser');
  await pool.query(`grant "${owner}" to "${member}"`);
  const refusal = (wanted: RolesWanted) =>
    planGrants(pool, wanted).catch((error: unknown) => (error as Error).message);
  expect(await refusal({})).toContain('name at least one role');
  expect(await refusal({ owner, processor: 'no"body', reader: 'nobody' })).toContain(
    'create role "no""body" login;\n  \\password "no""body"\n  create role "nobody" login;',
  );
  expect(await refusal({ owner, processor: root })).toContain('is a superuser');
  expect(await refusal({ owner, processor: member })).toContain(`revoke "${owner}" from "${member}"`);
  expect(await refusal({ owner, processor: plain, reader: plain })).toContain('named twice');
  for (const name of ['public', 'pg_monitor', '', 'x'.repeat(64)])
    expect(await refusal({ reader: name })).toMatch(/PostgreSQL reserves|1 to 63 bytes/);
  await using empty = await createDatabase({ migrated: false });
  await expect(planGrants(empty.pool, { reader: plain })).rejects.toThrow(
    'first run "npm run admin -- migrate"',
  );
});

test('a sender with its rights and no others holds shards, delivers, disables and announces', async () => {
  await using database = await createDatabase();
  await using roles = testRoles(database.pool);
  const sender = await roles.make('sender');
  await grant(database.pool, { sender });
  const number = await insertEndpoint(database.pool);
  await using as = closing(openPool(roles.urlFor(database.url, sender), OPTIONS));
  const announcing = new PostgresStore({ pool: as.pool });
  expect(await announcing.store([storableOf({})])).toMatchObject([{ kind: 'stored' }]);
  const store = await PostgresDeliveryStore.open({ pool: as.pool, sealing: TEST_SEALING });
  const owner = { id: randomUUID(), name: 'test', leaseSeconds: 40 };
  const { held } = await store.hold(owner, [0]);
  expect(await store.revision()).toBeGreaterThan(0);
  const [mark] = await store.marks([number]);
  const { lanes } = await store.lanes(0n, await store.horizon(), 10);
  const [message] = await store.messages(lanes[0]?.ids ?? []);
  const key = { endpoint: number, unit: 0, messageId: message?.id ?? '' };
  const last = { lastStatus: undefined, lastError: undefined };
  const retry = { ...key, ...last, dueAtMs: 0, attempts: 1, firstFailedAtMs: undefined };
  const results = {
    facts: [],
    held,
    retries: [retry],
    settled: [],
    dead: [{ ...key, ...last, diedAtMs: 0, attempts: 1, reason: 'lost' as const }],
    marks: [mark as Mark],
    disabled: [{ endpoint: number, reason: 'gone' }],
  };
  expect(await store.record(owner, results)).toEqual([]);
  expect(await store.record(owner, { ...results, retries: [], settled: [key] })).toEqual([]);
  expect(await store.endpoints([number])).toMatchObject([{ state: 'disabled' }]);
  await store.leave(owner);
  const refused = [
    "update endpoint set url = 'https://elsewhere.example/'",
    'delete from endpoint',
    'update attempt set status = 200',
    'delete from message',
    'update lane set ids = ids',
  ];
  const codes = refused.map((statement) => as.pool.query(statement).then(() => statement, sqlStateOf));
  expect(await Promise.all(codes)).toEqual(refused.map(() => '42501'));
});

test('a right on columns that is missing is told with them', async () => {
  await using database = await createDatabase();
  await using roles = testRoles(database.pool);
  const sender = await roles.make('sender');
  await grant(database.pool, { sender });
  await database.pool.query(`revoke update (state) on endpoint from "${sender}"`);
  expect(await rightsOf(database.pool, 'sender', sender)).toMatchObject({
    missing: ['update (state, state_reason, state_changed_at) on endpoint'],
    excess: [],
  });
  await database.pool.query(`grant update on endpoint to "${sender}"`);
  expect(await rightsOf(database.pool, 'sender', sender)).toMatchObject({
    missing: [],
    excess: ['update on endpoint'],
  });
});

test('rights that come from elsewhere are told', async () => {
  await using database = await createDatabase();
  await using roles = testRoles(database.pool);
  const processor = await roles.make('processor');
  await database.pool.query(`grant pg_write_all_data to "${processor}"`);
  await expect(grant(database.pool, { processor })).rejects.toThrow(
    /has more rights than those of a processor: .*delete on message/,
  );
});

const OPTIONS = { max: 1, applicationName: 'test' };

function closing(pool: pg.Pool): AsyncDisposable & { readonly pool: pg.Pool } {
  return { pool, [Symbol.asyncDispose]: () => pool.end() };
}

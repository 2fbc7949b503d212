import pg from 'pg';
import { uuid7LowerBound } from '../event/uuid7.ts';
import { messageOf, sqlStateOf } from './errors.ts';
import { PARTITIONED, type Partition, type PartitionedTable, readPartitions } from './partition-ranges.ts';
import { inTransaction } from './transaction.ts';

const DAY_MS = 86_400_000;

/** The advisory lock for creating and dropping partitions. */
export const PARTITIONS_LOCK = 7_203_118_403;

const INSUFFICIENT_PRIVILEGE = '42501';

/** Creating a partition blocks no store, read or dump; it may wait for other changes of tables. */
const MAKE_LOCK_TIMEOUT_MS = 2_000;

/** There is no partition for a day, and none can be made. The message tells the operator what to do. */
export class NoPartitionError extends Error {
  override readonly name = 'NoPartitionError';
}

/** Of one of ours; those of other names are an operator's own, and are never dropped. */
const OUR_NAME = /^(message|lane|attempt)_\d{8}$/;

/** A day of a table, as its UTC midnight in milliseconds. */
interface DayOf {
  readonly table: PartitionedTable;
  readonly day: number;
}

/** Partitions of a table by the time of ids, the earliest first. The default partition, which has no bounds, is not among them. */
export async function listPartitions(
  pool: pg.Pool,
  table: PartitionedTable = 'message',
): Promise<readonly Partition[]> {
  return (await readPartitions(pool, table)).ranges;
}

/** Name of the partition that takes what no other does; ours have none, an operator may make one. */
export async function defaultPartition(
  pool: pg.Pool,
  table: PartitionedTable = 'message',
): Promise<string | undefined> {
  return (await readPartitions(pool, table)).byDefault;
}

/** Whether messages of that time have a partition. */
export async function isPartitioned(pool: pg.Pool, time: Date): Promise<boolean> {
  const { ranges, byDefault } = await readPartitions(pool, 'message');
  return byDefault !== undefined || ranges.some(({ from, until }) => from <= time && time < until);
}

/** Returns the end of the last day before a gap, from the day of `now` on; `now` itself when its own day is missing. */
export function partitionedUntil(partitions: readonly Partition[], now: Date): Date {
  let until = now;
  for (const each of partitions) if (each.from <= until && each.until > until) until = each.until;
  return until;
}

/** Whether the user may create and drop partitions: it must own the tables and have the right to create in the schema. */
export async function mayMakePartitions(pool: pg.Pool): Promise<boolean> {
  const { rows } = await pool.query<{ may: boolean }>(
    `select pg_has_role(relowner, 'usage') and has_schema_privilege(relnamespace, 'create') as may
       from pg_class where oid = 'message'::regclass`,
  );
  return rows[0]?.may === true;
}

/** The days that no partition takes whole, among `days` days from the day of `from` on, table by table. */
export async function missingDays(
  pool: pg.Pool,
  from: Date,
  days: number,
  tables: readonly PartitionedTable[] = PARTITIONED,
): Promise<DayOf[]> {
  const first = Math.floor(from.getTime() / DAY_MS) * DAY_MS;
  const wanted = Array.from({ length: days }, (_, i) => first + i * DAY_MS);
  const missing: DayOf[] = [];
  for (const table of tables) {
    const { ranges } = await readPartitions(pool, table);
    for (const day of wanted) if (!isWhole(ranges, day)) missing.push({ table, day });
  }
  return missing;
}

function isWhole(ranges: readonly Partition[], day: number): boolean {
  return partitionedUntil(ranges, new Date(day)).getTime() >= day + DAY_MS;
}

/**
 * Creates the partitions that are missing among `days` days from that of `from` on, each in a transaction of its own.
 * Returns the names of the new ones. A day that cannot be created keeps no other from it; the first error is thrown at the end.
 */
export async function ensurePartitions(
  pool: pg.Pool,
  from: Date,
  days: number,
  tables: readonly PartitionedTable[] = PARTITIONED,
): Promise<string[]> {
  const made: string[] = [];
  const errors: unknown[] = [];
  for (const day of await missingDays(pool, from, days, tables)) {
    try {
      const name = await locked(pool, (client) => makePartition(client, day));
      if (name !== null) made.push(name);
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
  return made;
}

/**
 * Makes the partitions that rows of those times lack.
 * @throws NoPartitionError when PostgreSQL refuses one: never the fault of a row
 */
export async function makePartitionsFor(
  pool: pg.Pool,
  times: readonly number[],
  tables: readonly PartitionedTable[],
): Promise<void> {
  const days = new Set(times.map((time) => Math.floor(time / DAY_MS) * DAY_MS));
  for (const { table, day } of [...days].flatMap((day) => tables.map((table) => ({ table, day })))) {
    try {
      await ensurePartitions(pool, new Date(day), 1, [table]);
    } catch (error) {
      if (error instanceof NoPartitionError || sqlStateOf(error) === undefined) throw error;
      const missing = `the table ${table} has no partition for ${dayName(day)}`;
      const sentence =
        sqlStateOf(error) === INSUFFICIENT_PRIVILEGE
          ? `${missing}, and this user may not make one: run "npm run admin -- partitions make" as the owner of the tables`
          : `${missing}, and none could be made: ${messageOf(error as Error)}`;
      throw new NoPartitionError(sentence, { cause: error });
    }
  }
}

/**
 * Makes the partition of a day, in the transaction of whoever holds the lock. Returns its name, or null where another process
 * made it while this one waited for the lock.
 *
 * `create table … partition of` takes an ACCESS EXCLUSIVE lock on the table: it would wait for every dump and report, and
 * stores would wait behind it. Attaching a table takes SHARE UPDATE EXCLUSIVE, and SHARE ROW EXCLUSIVE on the tables it
 * refers to; only other changes of tables and registrations wait for these. Attaching creates the foreign keys. If they
 * existed before, it would replace their triggers, under an ACCESS EXCLUSIVE lock on the tables they refer to.
 */
export async function makePartition(client: pg.ClientBase, { table, day }: DayOf): Promise<string | null> {
  await client.query(`set local lock_timeout = ${MAKE_LOCK_TIMEOUT_MS}`);
  if (isWhole((await readPartitions(client, table)).ranges, day)) return null;
  const known = partitionName(table, day);
  const obstacle = await obstacleTo(client, { table, day });
  if (obstacle !== undefined) throw new NoPartitionError(obstacle);
  const name = pg.escapeIdentifier(known);
  await client.query(`create table ${name} (like ${table} including all)`);
  try {
    await client.query(`alter table ${table} attach partition ${name} ${boundsOf(day)}`);
  } catch (error) {
    if (sqlStateOf(error) !== '23514') throw error;
    throw new NoPartitionError(
      `the default partition of ${table} holds rows of ${dayName(day)}, so that the day can have no partition of its own: they are stored there; to have one, detach the default partition, make the day, and move them`,
      { cause: error },
    );
  }
  return known;
}

/** Why no partition can be made for a day, and what to do; undefined where nothing is in the way. */
export async function obstacleTo(
  client: pg.ClientBase | pg.Pool,
  { table, day }: DayOf,
): Promise<string | undefined> {
  const name = partitionName(table, day);
  const missing = `the table ${table} has no partition for all of ${dayName(day)}`;
  const attach = `"alter table ${table} attach partition ${name} ${boundsOf(day)}"`;
  const { ranges } = await readPartitions(client, table);
  const other = ranges.find(({ from, until }) => from.getTime() < day + DAY_MS && until.getTime() > day);
  if (other !== undefined) {
    const bounds = `${other.from.toISOString()} to ${other.until.toISOString()}`;
    return other.name === name
      ? `${missing}: ${name} takes ${bounds} only; run "alter table ${table} detach partition ${name}" and ${attach}`
      : `${missing}: ${other.name}, which takes ${bounds}, is in the way; give it other bounds, or make partitions for the rest of that day`;
  }
  const { rows } = await client.query<{ there: boolean }>(
    'select to_regclass(quote_ident(current_schema()) || $1) is not null as there',
    [`.${name}`],
  );
  if (rows[0]?.there !== true) return undefined;
  return `${missing}: there is a relation ${name}, which is no partition of it; run ${attach}, or rename it`;
}

/** Returns the names of the partitions whose whole day lies before that time, oldest first. */
export async function partitionsBefore(
  pool: pg.Pool,
  before: Date,
  table: PartitionedTable = 'message',
): Promise<string[]> {
  const all = await listPartitions(pool, table);
  return all.filter(({ name, until }) => OUR_NAME.test(name) && until <= before).map(({ name }) => name);
}

function partitionName(table: PartitionedTable, day: number): string {
  return `${table}_${dayName(day).replaceAll('-', '')}`;
}

function dayName(day: number): string {
  return new Date(day).toISOString().slice(0, 10);
}

function boundsOf(day: number): string {
  return `for values from ('${uuid7LowerBound(day)}') to ('${uuid7LowerBound(day + DAY_MS)}')`;
}

/** Waits for the lock when another process holds it, which it does only for a moment. */
export function locked<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  return inTransaction(pool, async (client) => {
    await client.query(`set local lock_timeout = ${MAKE_LOCK_TIMEOUT_MS}`);
    await client.query('select pg_advisory_xact_lock($1)', [PARTITIONS_LOCK]);
    return work(client);
  });
}

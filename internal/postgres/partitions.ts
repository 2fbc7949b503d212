import pg from 'pg';
import { uuid7LowerBound } from '../event/uuid7.ts';
import { inTransaction } from './transaction.ts';

const DAY_MS = 86_400_000;

/** The advisory lock for creating and dropping partitions. */
export const PARTITIONS_LOCK = 7_203_118_403;

/** Dropping locks `message` and what it refers to; stores queue behind it for at most this long. */
const DROP_LOCK_TIMEOUT_MS = 100;

/** Creating a partition blocks no store, read or dump; it may wait for other changes of tables. */
const MAKE_LOCK_TIMEOUT_MS = 2_000;

interface Partition {
  readonly name: string;
  /** UTC midnight at which its day begins. */
  readonly from: Date;
  readonly until: Date;
}

/** Returns the partitions of `message`, oldest first; those with other names are not ours. */
export async function listPartitions(pool: pg.Pool): Promise<Partition[]> {
  const { rows } = await pool.query<{ name: string }>(
    `select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
      where i.inhparent = 'message'::regclass order by c.relname`,
  );
  return rows.flatMap(({ name }) => {
    const match = /^message_(\d{4})(\d\d)(\d\d)$/.exec(name);
    if (match === null) return [];
    const from = new Date(`${match[1]}-${match[2]}-${match[3]}T00:00:00Z`);
    return [{ name, from, until: new Date(from.getTime() + DAY_MS) }];
  });
}

/** Returns the end of the last day before a gap, from the day of `now` on; `now` itself when its own day is missing. */
export function partitionedUntil(partitions: readonly Partition[], now: Date): Date {
  let until = now;
  for (const each of partitions) if (each.from <= until && each.until > until) until = each.until;
  return until;
}

/** Whether the user may create and drop partitions: it must own the table and have the right to create in the schema. */
export async function mayMakePartitions(pool: pg.Pool): Promise<boolean> {
  const { rows } = await pool.query<{ may: boolean }>(
    `select pg_has_role(relowner, 'usage') and has_schema_privilege(relnamespace, 'create') as may
       from pg_class where oid = 'message'::regclass`,
  );
  return rows[0]?.may === true;
}

/** Returns the days without a partition among `days` days from that of `from` on, as UTC midnights in milliseconds. */
export async function missingDays(pool: pg.Pool, from: Date, days: number): Promise<number[]> {
  const first = Math.floor(from.getTime() / DAY_MS) * DAY_MS;
  const existing = new Set((await listPartitions(pool)).map(({ name }) => name));
  const wanted = Array.from({ length: days }, (_, i) => first + i * DAY_MS);
  return wanted.filter((day) => !existing.has(partitionName(day)));
}

/**
 * Creates the partitions that are missing among `days` days from that of `from` on, each in a transaction of its own.
 * Returns the names of the new ones.
 */
export async function ensurePartitions(pool: pg.Pool, from: Date, days: number): Promise<string[]> {
  const missing = await missingDays(pool, from, days);
  for (const day of missing) await locked(pool, (client) => makePartition(client, day));
  return missing.map(partitionName);
}

/**
 * Creates the partition of a day and returns its name. The transaction of `client` must hold the lock.
 *
 * `create table … partition of` takes an ACCESS EXCLUSIVE lock on `message`: it would wait for every dump and report, and
 * stores would wait behind it. Attaching a table takes SHARE UPDATE EXCLUSIVE, and SHARE ROW EXCLUSIVE on the tables it
 * refers to; only other changes of tables and registrations wait for these. Attaching creates the foreign keys. If they
 * existed before, it would replace their triggers, under an ACCESS EXCLUSIVE lock on the tables they refer to.
 */
export async function makePartition(client: pg.ClientBase, day: number): Promise<string> {
  await client.query(`set local lock_timeout = ${MAKE_LOCK_TIMEOUT_MS}`);
  const known = partitionName(day);
  const { rows } = await client.query<{ there: boolean }>(
    `select exists (select from pg_inherits i join pg_class c on c.oid = i.inhrelid
                     where i.inhparent = 'message'::regclass and c.relname = $1) as there`,
    [known],
  );
  if (rows[0]?.there === true) return known; // made by another processor while this one waited for the lock
  const name = pg.escapeIdentifier(known);
  const bounds = [uuid7LowerBound(day), uuid7LowerBound(day + DAY_MS)].map((bound) =>
    pg.escapeLiteral(bound),
  );
  await client.query(`create table ${name} (like message including all)`);
  await client.query(
    `alter table message attach partition ${name} for values from (${bounds[0]}) to (${bounds[1]})`,
  );
  return known;
}

/**
 * Drops the partitions whose whole day lies before that time, oldest first, and returns their names. The idempotency
 * ledger stays: an event of a dropped day is still a duplicate when it is received again.
 */
export async function dropPartitionsBefore(pool: pg.Pool, before: Date): Promise<string[]> {
  const old = await partitionsBefore(pool, before);
  for (const name of old) await locked(pool, (client) => dropPartition(client, name));
  return old;
}

/** Returns the names of the partitions whose whole day lies before that time, oldest first. */
export async function partitionsBefore(pool: pg.Pool, before: Date): Promise<string[]> {
  return (await listPartitions(pool)).filter(({ until }) => until <= before).map(({ name }) => name);
}

/** Drops a partition, if it still exists, and returns its name. The transaction of `client` must hold the lock. */
export async function dropPartition(client: pg.ClientBase, name: string): Promise<string> {
  await client.query(`set local lock_timeout = ${DROP_LOCK_TIMEOUT_MS}`);
  await client.query(`drop table if exists ${pg.escapeIdentifier(name)}`);
  return name;
}

function partitionName(day: number): string {
  return `message_${new Date(day).toISOString().slice(0, 10).replaceAll('-', '')}`;
}

/** Waits for the lock when another process holds it, which it does only for a moment. */
function locked<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  return inTransaction(pool, async (client) => {
    await client.query(`set local lock_timeout = ${MAKE_LOCK_TIMEOUT_MS}`);
    await client.query('select pg_advisory_xact_lock($1)', [PARTITIONS_LOCK]);
    return work(client);
  });
}

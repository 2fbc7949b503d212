import pg from 'pg';
import { uuid7LowerBound } from '../event/uuid7.ts';

const DAY_MS = 86_400_000;
const LOCK = 7_203_118_403;

/** Attaching or dropping a partition locks `message` for a moment; stores must not queue behind it for long. */
const LOCK_TIMEOUT_MS = 2_000;

export interface Partition {
  readonly name: string;
  /** UTC midnight at which its day begins. */
  readonly from: Date;
  readonly until: Date;
}

/** Partitions of `message` that exist, oldest first. */
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

/** Makes the partitions that are missing of so many days from the day of `from` on; answers the names of the new ones. */
export async function ensurePartitions(pool: pg.Pool, from: Date, days: number): Promise<string[]> {
  const first = Math.floor(from.getTime() / DAY_MS) * DAY_MS;
  const wanted = Array.from({ length: days }, (_, i) => first + i * DAY_MS);
  const existing = new Set((await listPartitions(pool)).map(({ name }) => name));
  const missing = wanted.filter((day) => !existing.has(partitionName(day)));
  if (missing.length === 0) return [];
  await inTransaction(pool, async (client) => {
    await client.query('select pg_advisory_xact_lock($1)', [LOCK]);
    for (const day of missing) {
      const name = pg.escapeIdentifier(partitionName(day));
      const bounds = [uuid7LowerBound(day), uuid7LowerBound(day + DAY_MS)].map((bound) =>
        pg.escapeLiteral(bound),
      );
      await client.query(
        `create table if not exists ${name} partition of message for values from (${bounds[0]}) to (${bounds[1]})`,
      );
    }
  });
  return missing.map(partitionName);
}

/**
 * Drops the partitions whose whole day lies before that time; answers their names. The idempotency ledger stays:
 * an event of a dropped day is still a duplicate when it comes again.
 */
export async function dropPartitionsBefore(pool: pg.Pool, before: Date): Promise<string[]> {
  const old = (await listPartitions(pool)).filter(({ until }) => until <= before);
  for (const { name } of old) {
    await inTransaction(pool, async (client) => {
      await client.query('select pg_advisory_xact_lock($1)', [LOCK]);
      await client.query(`drop table if exists ${pg.escapeIdentifier(name)}`);
    });
  }
  return old.map(({ name }) => name);
}

function partitionName(day: number): string {
  return `message_${new Date(day).toISOString().slice(0, 10).replaceAll('-', '')}`;
}

async function inTransaction(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<void>): Promise<void> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query(`begin; set local lock_timeout = ${LOCK_TIMEOUT_MS}`);
    await work(client);
    await client.query('commit');
  } catch (error) {
    broken = error as Error; // closing the connection rolls back, also where it cannot be asked to any more
    throw error;
  } finally {
    client.release(broken);
  }
}

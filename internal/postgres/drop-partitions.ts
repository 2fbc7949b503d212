import pg from 'pg';
import { attemptsAreNeeded, keepOtherDays, lanesAreNeeded, recordLosses } from './endpoints/losses.ts';
import { type Partition, type PartitionedTable, readPartitions } from './partition-ranges.ts';
import { locked, partitionsBefore } from './partitions.ts';

/** Dropping locks the table and what it refers to; stores queue behind it for at most this long. */
const DROP_LOCK_TIMEOUT_MS = 100;

/**
 * Drops the partitions of a table whose whole day lies before that time, oldest first, and returns their names. The
 * idempotency ledger stays: an event of a dropped day is still a duplicate when it is received again.
 */
export async function dropPartitionsBefore(
  pool: pg.Pool,
  before: Date,
  table: PartitionedTable = 'message',
): Promise<string[]> {
  const old = await partitionsBefore(pool, before, table);
  for (const name of old) await locked(pool, (client) => dropPartition(client, name));
  return old;
}

/**
 * Drops a partition, if it still exists, and returns its name. The transaction of `client` must hold the lock. With a day of
 * messages go its lanes; what endpoints have not got of it is recorded as lost.
 */
export async function dropPartition(client: pg.ClientBase, name: string): Promise<string> {
  await client.query(`set local lock_timeout = ${DROP_LOCK_TIMEOUT_MS}`);
  const messages = (await readPartitions(client, 'message')).ranges.find((each) => each.name === name);
  if (messages !== undefined) await dropLanesOf(client, messages);
  await client.query(`drop table if exists ${pg.escapeIdentifier(name)}`);
  return name;
}

async function dropLanesOf(client: pg.ClientBase, messages: Partition): Promise<void> {
  await recordLosses(client, messages);
  const { ranges } = await readPartitions(client, 'lane');
  const [from, until] = [messages.from.getTime(), messages.until.getTime()];
  const lanes = ranges.find((each) => each.from.getTime() === from && each.until.getTime() === until);
  if (lanes === undefined) return;
  await keepOtherDays(client, lanes.name, messages);
  await client.query(`drop table ${pg.escapeIdentifier(lanes.name)}`);
}

/** Drops a partition of lanes or attempts unless an endpoint still needs it; returns its name, or null when it stays. */
export async function dropUnneeded(client: pg.ClientBase, name: string): Promise<string | null> {
  for (const table of ['lane', 'attempt'] as const) {
    const found = (await readPartitions(client, table)).ranges.find((each) => each.name === name);
    if (found === undefined) continue;
    const needed = table === 'lane' ? lanesAreNeeded(client, name) : attemptsAreNeeded(client, found);
    return (await needed) ? null : dropPartition(client, name);
  }
  return null;
}

/** Lanes that every endpoint is past are of no use. Batches that are being stored have ids of the last hours. */
export const LANE_DAYS = 2;

/** Drops the partitions of lanes or attempts whose whole day lies before that time, unless an endpoint still needs them. */
export async function dropUnneededBefore(
  pool: pg.Pool,
  before: Date,
  table: 'lane' | 'attempt',
): Promise<string[]> {
  const dropped: string[] = [];
  for (const name of await partitionsBefore(pool, before, table))
    if ((await locked(pool, (client) => dropUnneeded(client, name))) !== null) dropped.push(name);
  return dropped;
}

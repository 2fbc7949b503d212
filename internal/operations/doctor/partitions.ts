import {
  defaultPartition,
  listPartitions,
  missingDays,
  obstacleTo,
  partitionedUntil,
} from '../../postgres/partitions.ts';
import { PARTITIONED } from '../../postgres/partition-ranges.ts';
import type pg from 'pg';
import type { Finding } from './finding.ts';

const DAY_MS = 86_400_000;

/** Whoever makes partitions makes them for a week or more; less than this means that nobody does. */
const DAYS_AHEAD = 2;
const DAYS_LOOKED_AT = 8;

/** Whether today and the days to come have their partitions, by the bounds that these have, and what is in the way of others. */
export async function partitions(pool: pg.Pool): Promise<Finding> {
  const check = 'partitions';
  const now = new Date();
  for (const day of await missingDays(pool, now, DAYS_LOOKED_AT)) {
    const obstacle = await obstacleTo(pool, day);
    if (obstacle !== undefined) return { check, result: 'fail', ...sentences(obstacle) };
  }
  const ends: number[] = [];
  const others: string[] = [];
  for (const table of PARTITIONED) {
    ends.push(partitionedUntil(await listPartitions(pool, table), now).getTime());
    const other = await defaultPartition(pool, table);
    if (other !== undefined) others.push(other);
  }
  const days = Math.floor((Math.min(...ends) - now.getTime()) / DAY_MS);
  const beside = others.map((other) => `; ${other} takes what no other does`).join('');
  if (days >= DAYS_AHEAD) return { check, result: 'ok', detail: `made for the next ${days} days${beside}` };
  const detail = `${days > 0 ? `made for only ${days} more days` : 'none for the days to come'}${beside}`;
  const todo =
    'run "npm run admin -- partitions make" as the owner of the tables, by a job every day; a processor whose user owns them makes them by itself';
  return { check, result: 'warn', detail, todo };
}

/** What is wrong, and what to do. */
function sentences(obstacle: string): Pick<Finding, 'detail' | 'todo'> {
  const [detail = '', todo = ''] = obstacle.split(/; (.*)/s);
  return { detail, todo };
}

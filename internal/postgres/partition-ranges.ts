import type pg from 'pg';
import { uuid7LowerBound, uuid7Milliseconds } from '../event/uuid7.ts';

/** The tables that are partitioned by the day of a UUIDv7: the id of a message, one of a lane, the id of an attempt. */
export const PARTITIONED = ['message', 'lane', 'attempt'] as const;
export type PartitionedTable = (typeof PARTITIONED)[number];

export interface Partition {
  readonly name: string;
  /** From this time on it takes ids; of a partition of ours, the UTC midnight at which its day begins. */
  readonly from: Date;
  readonly until: Date;
}

/** Of a range, as PostgreSQL writes it down: a time is an UUID in quotes, or MINVALUE, or MAXVALUE. */
const RANGE = /^FOR VALUES FROM \((.+)\) TO \((.+)\)$/;

/** Ids hold 48 bits of milliseconds. */
const LAST_MS = 2 ** 48 - 1;

/** What takes the rows of a table: ranges, in the order of their beginnings, and the partition of what no range takes. */
interface Partitions {
  readonly ranges: readonly Partition[];
  readonly byDefault: string | undefined;
}

/** By the bounds that PostgreSQL goes by. A name says nothing: a partition can be attached with any bounds. */
export async function readPartitions(
  client: pg.ClientBase | pg.Pool,
  table: PartitionedTable,
): Promise<Partitions> {
  const { rows } = await client.query<{ name: string; bound: string }>(
    `select c.relname as name, pg_get_expr(c.relpartbound, c.oid) as bound
       from pg_inherits i join pg_class c on c.oid = i.inhrelid
      where i.inhparent = $1::regclass and not i.inhdetachpending`,
    [table],
  );
  const ranges = rows.flatMap(({ name, bound }) => {
    const [, from, until] = RANGE.exec(bound) ?? [];
    return from === undefined || until === undefined
      ? []
      : [{ name, from: wholeFrom(from), until: wholeUntil(until) }];
  });
  return {
    ranges: ranges.toSorted((a, b) => a.from.getTime() - b.from.getTime()),
    byDefault: rows.find(({ bound }) => bound === 'DEFAULT')?.name,
  };
}

/** The first millisecond of which the bound leaves nothing out. */
function wholeFrom(bound: string): Date {
  const uuid = bound.replaceAll("'", '');
  if (uuid === 'MINVALUE') return new Date(0);
  const milliseconds = uuid7Milliseconds(uuid);
  return new Date(uuid === uuid7LowerBound(milliseconds) ? milliseconds : milliseconds + 1);
}

function wholeUntil(bound: string): Date {
  const uuid = bound.replaceAll("'", '');
  return new Date(uuid === 'MAXVALUE' ? LAST_MS : uuid7Milliseconds(uuid));
}

import type pg from 'pg';
import { isForeignKeyViolation } from '../errors.ts';
import { WAITS } from '../rejections/row.ts';
import { inTransaction } from '../transaction.ts';

/** A row of the registry; `name` is that of a client or an event type. */
export type Registered =
  | { readonly kind: 'tenant'; readonly tenantId: string }
  | { readonly kind: 'client' | 'event_type'; readonly tenantId: string; readonly name: string };

/** A kind of thing that refers to a row of the registry. `example` names one of them. */
export interface Reference {
  readonly what: string;
  readonly example: string;
}

interface Referrer {
  readonly what: string;
  /** A statement that returns one `example` that refers to it, if there is any; $1 is the tenant, $2 the name. */
  readonly statement: string;
}

/** Everything that may refer to a row of the registry; a new reference must be added here. */
const REFERRERS: Record<Registered['kind'], readonly Referrer[]> = {
  tenant: [
    {
      what: 'clients',
      statement: 'select id as example from client where tenant_id = $1 order by id limit 1',
    },
    {
      what: 'event types',
      statement: 'select name as example from event_type where tenant_id = $1 order by name limit 1',
    },
  ],
  // No index on messages serves these: messages are read until one is found, all of them when there is none.
  client: [
    {
      what: 'endpoints',
      statement:
        'select id as example from endpoint where tenant_id = $1 and client_id = $2 order by id limit 1',
    },
    {
      what: 'messages',
      statement: 'select id::text as example from message where tenant_id = $1 and client_id = $2 limit 1',
    },
  ],
  event_type: [
    {
      what: 'messages',
      statement: 'select id::text as example from message where tenant_id = $1 and event_type = $2 limit 1',
    },
  ],
};

const LOOKUPS: Record<Registered['kind'], string> = {
  tenant: 'select from tenant where id = $1',
  client: 'select from client where tenant_id = $1 and id = $2',
  event_type: 'select from event_type where tenant_id = $1 and name = $2',
};

const DELETES: Record<Registered['kind'], string> = {
  tenant: 'delete from tenant where id = $1',
  client: 'delete from client where tenant_id = $1 and id = $2',
  event_type: 'delete from event_type where tenant_id = $1 and name = $2',
};

function valuesOf(row: Registered): string[] {
  return row.kind === 'tenant' ? [row.tenantId] : [row.tenantId, row.name];
}

export async function isRegistered(pool: pg.Pool, row: Registered): Promise<boolean> {
  return (await pool.query(LOOKUPS[row.kind], valuesOf(row))).rowCount === 1;
}

/** Returns what refers to the row, with one example each. Reads all messages when none refers to it. */
export async function referencesTo(pool: pg.Pool, row: Registered): Promise<Reference[]> {
  return withoutTimeout(pool, async (client) => {
    const references: Reference[] = [];
    for (const { what, statement } of REFERRERS[row.kind]) {
      const { rows } = await client.query<{ example: string }>(statement, valuesOf(row));
      if (rows[0] !== undefined) references.push({ what, example: rows[0].example });
    }
    return references;
  });
}

/**
 * Deletes the row, unless something refers to it: then nothing changes, and the result is `referred`. The foreign keys decide,
 * so no message can be stored in between. They read all messages when none refers to the row; events of that name wait
 * meanwhile.
 */
export async function deleteRegistered(
  pool: pg.Pool,
  row: Registered,
): Promise<'removed' | 'missing' | 'referred'> {
  try {
    return await withoutTimeout(pool, async (client) => {
      const { rowCount } = await client.query(DELETES[row.kind], valuesOf(row));
      return rowCount === 1 ? 'removed' : 'missing';
    });
  } catch (error) {
    if (isForeignKeyViolation(error)) return 'referred';
    throw error;
  }
}

/** Counts the open rejections under that name that wait for a registration, up to `most`. */
export async function countWaiting(pool: pg.Pool, row: Registered, most: number): Promise<number> {
  const named = { tenant: '', client: 'and r.client_id = $3', event_type: 'and r.event_type = $3' }[row.kind];
  const [tenantId, ...name] = valuesOf(row);
  const { rows } = await pool.query<{ n: number }>(
    `select count(*)::integer as n
       from (select from rejection r where r.tenant_id = $1 ${named} and ${WAITS} limit $2) r`,
    [tenantId, most, ...name],
  );
  return rows[0]?.n ?? 0;
}

function withoutTimeout<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  return inTransaction(pool, async (client) => {
    await client.query('set local statement_timeout = 0');
    return work(client);
  });
}

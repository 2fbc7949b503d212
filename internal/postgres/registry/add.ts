import type pg from 'pg';
import { sqlStateOf } from '../errors.ts';

/** The result of an `add`. `unknown_tenant`: nothing was added, because the tenant has to be registered first. */
export type Added = 'added' | 'exists' | 'changed' | 'unknown_tenant' | 'invalid_name';

export async function addTenant(pool: pg.Pool, id: string): Promise<Added> {
  return added(() =>
    pool.query('insert into tenant (id) values ($1) on conflict do nothing returning id', [id]),
  );
}

export async function addClient(pool: pg.Pool, tenantId: string, id: string): Promise<Added> {
  return added(() =>
    pool.query('insert into client (tenant_id, id) values ($1, $2) on conflict do nothing returning id', [
      tenantId,
      id,
    ]),
  );
}

/**
 * Registers an event type; an existing one gets the schema, or loses its schema if it is null. The schema is JSON text, so
 * that its numbers stay unchanged.
 */
export async function addEventType(
  pool: pg.Pool,
  tenantId: string,
  name: string,
  schema: string | null,
): Promise<Added> {
  const outcome = await added(() =>
    pool.query(
      'insert into event_type (tenant_id, name, schema) values ($1, $2, $3) on conflict do nothing returning name',
      [tenantId, name, schema],
    ),
  );
  if (outcome !== 'exists') return outcome;
  const { rowCount } = await pool.query(
    'update event_type set schema = $3 where tenant_id = $1 and name = $2 and schema is distinct from $3::jsonb',
    [tenantId, name, schema],
  );
  return rowCount === 1 ? 'changed' : 'exists';
}

async function added(insert: () => Promise<pg.QueryResult>): Promise<Added> {
  try {
    return (await insert()).rowCount === 1 ? 'added' : 'exists';
  } catch (error) {
    if (sqlStateOf(error) === '23503') return 'unknown_tenant';
    if (sqlStateOf(error) === '23514') return 'invalid_name';
    throw error;
  }
}

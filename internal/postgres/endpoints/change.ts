import type pg from 'pg';
import { inTransaction } from '../transaction.ts';
import { columnsOf, type EndpointOptions } from './add.ts';
import type { EndpointName } from './reference.ts';

type State = 'active' | 'paused' | 'disabled';

/** Changes the options that are given; returns false when there is no such endpoint. */
export async function changeEndpoint(
  pool: pg.Pool,
  { tenantId, id }: EndpointName,
  options: Partial<EndpointOptions>,
): Promise<boolean> {
  const { names, values } = columnsOf(options);
  const { rowCount } = await pool.query(
    `update endpoint set ${names.map((name, i) => `${name} = $${i + 3}`).join(', ')} where tenant_id = $1 and id = $2`,
    [tenantId, id, ...values],
  );
  return rowCount === 1;
}

/**
 * Pauses an endpoint that is active, or gives another reason for the pause. Returns the state that it had; undefined when there
 * is no such endpoint. A disabled one stays disabled.
 */
export async function pauseEndpoint(
  pool: pg.Pool,
  { tenantId, id }: EndpointName,
  reason: string | null,
): Promise<State | undefined> {
  return inTransaction(pool, async (client) => {
    const state = await lockedState(client, { tenantId, id });
    if (state === undefined || state === 'disabled') return state;
    await client.query(
      `update endpoint set state = 'paused', state_reason = $3, state_changed_at = now()
        where tenant_id = $1 and id = $2 and (state, state_reason) is distinct from ('paused', $3)`,
      [tenantId, id, reason],
    );
    return state;
  });
}

/** Makes an endpoint active again, with no failures counted so far. Returns the state that it had. */
export async function resumeEndpoint(pool: pg.Pool, name: EndpointName): Promise<State | undefined> {
  return inTransaction(pool, async (client) => {
    const state = await lockedState(client, name);
    if (state === undefined || state === 'active') return state;
    await client.query(
      `with resumed as (
         update endpoint set state = 'active', state_reason = null, state_changed_at = now()
          where tenant_id = $1 and id = $2
          returning number)
       update endpoint_mark set failing_since = null, failures = 0
        where endpoint = (select number from resumed)`,
      [name.tenantId, name.id],
    );
    return state;
  });
}

async function lockedState(
  client: pg.ClientBase,
  { tenantId, id }: EndpointName,
): Promise<State | undefined> {
  const { rows } = await client.query<{ state: State }>(
    'select state from endpoint where tenant_id = $1 and id = $2 for update',
    [tenantId, id],
  );
  return rows[0]?.state;
}

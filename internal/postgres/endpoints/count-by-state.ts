import type pg from 'pg';

/** Counts the endpoints of all tenants by state; a state without endpoints counts 0. */
export async function countEndpointsByState(pool: pg.Pool): Promise<Readonly<Record<string, number>>> {
  const { rows } = await pool.query<{ state: string; count: number }>(
    'select state, count(*)::integer as count from endpoint group by state',
  );
  return {
    active: 0,
    paused: 0,
    disabled: 0,
    ...Object.fromEntries(rows.map(({ state, count }) => [state, count])),
  };
}

import type pg from 'pg';

/** Returns those names that are no event type of the tenant, and those prefixes that none begins with. */
export async function unregisteredTypes(
  pool: pg.Pool,
  tenantId: string,
  eventTypes: readonly string[],
): Promise<string[]> {
  const { rows } = await pool.query<{ wanted: string }>(
    `select wanted
       from unnest($2::text[]) with ordinality as given (wanted, position)
      where not exists (
        select from event_type e
         where e.tenant_id = $1
           and (e.name = wanted or right(wanted, 2) = '.*' and starts_with(e.name, left(wanted, -1))))
      order by position`,
    [tenantId, eventTypes],
  );
  return rows.map(({ wanted }) => wanted);
}

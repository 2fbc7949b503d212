import type pg from 'pg';

/** Names to register: each client and each event type for every tenant. */
interface NamesToRegister {
  readonly tenants: readonly string[];
  readonly clients: readonly string[];
  readonly eventTypes: readonly string[];
}

/** How many were new. */
interface RegisteredNames {
  readonly tenants: number;
  readonly clients: number;
  readonly eventTypes: number;
}

/** Registers missing names, in three statements however many there are; existing names keep their schemas. */
export async function registerNames(
  pool: pg.Pool,
  { tenants, clients, eventTypes }: NamesToRegister,
): Promise<RegisteredNames> {
  const inserted = async (sql: string, values: readonly (readonly string[])[]) =>
    (await pool.query(sql, [...values])).rowCount ?? 0;
  return {
    tenants: await inserted('insert into tenant (id) select unnest($1::text[]) on conflict do nothing', [
      tenants,
    ]),
    clients: await inserted(
      `insert into client (tenant_id, id)
       select tenant, client from unnest($1::text[]) tenant cross join unnest($2::text[]) client
       on conflict do nothing`,
      [tenants, clients],
    ),
    eventTypes: await inserted(
      `insert into event_type (tenant_id, name)
       select tenant, name from unnest($1::text[]) tenant cross join unnest($2::text[]) name
       on conflict do nothing`,
      [tenants, eventTypes],
    ),
  };
}

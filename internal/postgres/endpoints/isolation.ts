import type pg from 'pg';

/**
 * Returns an isolation level other than "read committed" that sessions on this database may begin with; undefined when there is
 * none. With another one, a storing statement could go by a snapshot that is older than its locks.
 */
export async function otherIsolation(client: pg.ClientBase | pg.Pool): Promise<string | undefined> {
  const { rows } = await client.query<{ found: string }>(
    `select found
       from (select reset_val as found from pg_settings where name = 'default_transaction_isolation'
             union all
             select split_part(setting, '=', 2)
               from pg_db_role_setting s cross join unnest(s.setconfig) as setting
              where s.setdatabase in (0, (select oid from pg_database where datname = current_database()))
                and split_part(setting, '=', 1) = 'default_transaction_isolation') as levels
      where found <> 'read committed'
      limit 1`,
  );
  return rows[0]?.found;
}

import type pg from 'pg';
import type { Finding } from './finding.ts';

/** Per sequence: whether this user may look at it, the last number drawn, and the greatest that the table holds. */
const DRAWN = `
select s.name, has_sequence_privilege(s.name::regclass, 'select, usage') as may, s.most > coalesce(p.last_value, 0) as behind,
       s.most::text as most
  from (values ('schema_version', (select max(schema_version) from event_type)),
               (pg_get_serial_sequence('rejection', 'id'), (select max(id) from rejection)),
               (pg_get_serial_sequence('healing', 'id'), (select max(id) from healing))) as s (name, most)
  join pg_class c on c.oid = s.name::regclass
  left join pg_sequences p on p.sequencename = c.relname and p.schemaname = c.relnamespace::regnamespace::text`;

/**
 * Whether each sequence is past what the tables hold of it. Logical replication and dumps of single tables leave sequences at
 * their beginning: rejections and registrations then fail until they have caught up, and a schema's version may come back.
 */
export async function sequences(pool: pg.Pool): Promise<Finding> {
  const check = 'sequences';
  const { rows } = await pool.query<{ name: string; may: boolean; behind: boolean; most: string }>(DRAWN);
  const behind = rows.filter((row) => row.may && row.behind);
  if (behind.length > 0)
    return {
      check,
      result: 'fail',
      detail: `${behind.map(({ name }) => name).join(', ')} behind the tables, as after logical replication or a dump of single tables: rejections or registrations fail, or a schema's version comes back`,
      todo: `run "${behind.map(({ name, most }) => `select setval('${name}', ${most})`).join('; ')}" as the owner of the tables`,
    };
  if (rows.every(({ may }) => may)) return { check, result: 'ok', detail: 'past what the tables hold' };
  return { check, result: 'skipped', detail: 'only the owner of the tables may look at them' };
}

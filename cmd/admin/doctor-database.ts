import { connectionLimit, connectionsOfOne, takesTooMany } from '#internal/postgres/connection-limit.ts';
import { encodingProblem, serverEncoding } from '#internal/postgres/encoding.ts';
import { explainDatabaseError } from '#internal/postgres/explain.ts';
import { migrationProblem, migrationStatus } from '#internal/postgres/migrate.ts';
import { listPartitions } from '#internal/postgres/partitions.ts';
import { openPool } from '#internal/postgres/pool.ts';
import type pg from 'pg';
import type { DoctorConfig, Finding } from './doctor.ts';

const OLDEST_VERSION = 15;
/** The processor makes partitions a week ahead, every hour; less than this means that it has not run or may not. */
const DAYS_AHEAD = 2;

/** Version, connections, rights, migrations and partitions. */
export async function checkDatabase(config: DoctorConfig): Promise<Finding[]> {
  const databaseUrl = config.DATABASE_URL;
  const pool = openPool(databaseUrl, {
    max: 1,
    applicationName: 'event-processor-doctor',
    iamAuth: config.DATABASE_IAM_AUTH,
  });
  try {
    const findings = [
      await version(pool),
      await encoding(pool),
      await connections(pool, config),
      await migrations(pool),
    ];
    if (findings.at(-1)?.result === 'fail') {
      const detail = 'the migrations come first';
      return [
        ...findings,
        { check: 'rights', result: 'skipped', detail },
        { check: 'partitions', result: 'skipped', detail },
      ];
    }
    return [...findings, await rights(pool), await partitions(pool)];
  } catch (error) {
    const detail = explainDatabaseError(error, databaseUrl);
    return [
      {
        check: 'PostgreSQL',
        result: 'fail',
        detail,
        todo: 'fix this first: the other checks of PostgreSQL need it',
      },
    ];
  } finally {
    await pool.end();
  }
}

async function version(pool: pg.Pool): Promise<Finding> {
  const { rows } = await pool.query<{ server_version: string }>('show server_version');
  const found = rows[0]?.server_version ?? '';
  const check = 'PostgreSQL version';
  if (Number.parseInt(found, 10) >= OLDEST_VERSION) return { check, result: 'ok', detail: found };
  return { check, result: 'fail', detail: found, todo: `use PostgreSQL ${OLDEST_VERSION} or newer` };
}

async function encoding(pool: pg.Pool): Promise<Finding> {
  const check = 'encoding';
  const found = await serverEncoding(pool);
  const problem = encodingProblem(found);
  if (problem === null) return { check, result: 'ok', detail: found };
  return { check, result: 'fail', detail: found, todo: problem };
}

async function connections(pool: pg.Pool, { WORKERS, STORE_CONNECTIONS }: DoctorConfig): Promise<Finding> {
  const check = 'connections';
  const needed = WORKERS * connectionsOfOne(STORE_CONNECTIONS);
  const limit = await connectionLimit(pool);
  const detail = `a processor with WORKERS=${WORKERS} opens up to ${needed} of ${limit}`;
  if (!takesTooMany(needed, limit)) return { check, result: 'ok', detail };
  return {
    check,
    result: 'warn',
    detail,
    todo: 'set WORKERS or STORE_CONNECTIONS lower, or raise max_connections: each worker has connections of its own',
  };
}

async function migrations(pool: pg.Pool): Promise<Finding> {
  const check = 'migrations';
  const status = await migrationStatus(pool);
  const problem = migrationProblem(status);
  const detail = `${status.applied.length} applied, ${status.pending.length === 0 ? 'none' : status.pending.join(', ')} pending`;
  if (problem !== null) return { check, result: 'fail', detail, todo: problem };
  if (status.newer.length === 0) return { check, result: 'ok', detail };
  return {
    check,
    result: 'ok',
    detail: `${detail}; ${status.newer.join(', ')} of a newer version, which works with this one`,
  };
}

async function rights(pool: pg.Pool): Promise<Finding> {
  const check = 'rights';
  const { rows } = await pool.query<{ missing: string[] | null; owner: boolean; creates: boolean }>(
    // Of several privileges at once, has_table_privilege tells whether there is any.
    `select array_agg(n.name || ' (' || p.privilege || ')')
              filter (where not has_table_privilege(n.name, p.privilege)) as missing,
            pg_has_role((select relowner from pg_class where oid = 'message'::regclass), 'usage') as owner,
            has_schema_privilege(current_schema(), 'create') as creates
       from (values ('tenant', 'select'), ('client', 'select'), ('event_type', 'select'), ('message', 'select,insert'),
                    ('message_key', 'select,insert'), ('rejection', 'select,insert,update'),
                    ('healing', 'select,insert,update,delete'), ('housekeeping', 'select,insert,update')) as n (name, privileges)
      cross join unnest(string_to_array(n.privileges, ',')) as p (privilege)`,
  );
  const [found] = rows;
  if (found?.missing) {
    return {
      check,
      result: 'fail',
      detail: `missing on ${found.missing.join(', ')}`,
      todo: 'grant them to this user',
    };
  }
  if (!found?.owner || !found.creates) {
    const detail = 'this user cannot make partitions of message';
    return {
      check,
      result: 'fail',
      detail,
      todo: 'make the user a member of the role that owns the table, with create on the schema',
    };
  }
  return { check, result: 'ok', detail: 'may store, and make partitions' };
}

async function partitions(pool: pg.Pool): Promise<Finding> {
  const check = 'partitions';
  const last = (await listPartitions(pool)).at(-1);
  const days = last === undefined ? 0 : Math.floor((last.until.getTime() - Date.now()) / 86_400_000);
  if (days >= DAYS_AHEAD) return { check, result: 'ok', detail: `made for the next ${days} days` };
  const detail = days > 0 ? `made for only ${days} more days` : 'none for the days to come';
  return { check, result: 'warn', detail, todo: 'start the processor: it makes them, also on the spot' };
}

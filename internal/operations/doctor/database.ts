import { connectionLimit, connectionsOfOne, takesTooMany } from '../../postgres/connection-limit.ts';
import { encodingProblem, serverEncoding } from '../../postgres/encoding.ts';
import { explainDatabaseError } from '../../postgres/explain.ts';
import { rightsOf } from '../../postgres/grants/check-rights.ts';
import { migrationProblem, migrationStatus } from '../../postgres/migrate.ts';
import { openPool } from '../../postgres/pool.ts';
import type pg from 'pg';
import { partitions } from './partitions.ts';
import { checkSender } from './sender.ts';
import type { Sealing } from '../../postgres/sealing.ts';
import { sequences } from './sequences.ts';
import { databaseClock, session, writes } from './session.ts';
import {
  type DatabaseConfig,
  type Finding,
  type ProcessorSettings,
  THE_CONFIGURATION_FIRST,
} from './finding.ts';

const OLDEST_VERSION = 15;
/** Checks version, encoding, settings, clock, connections, rights, migrations, partitions, sequences and endpoints. */
export async function checkDatabase(
  config: DatabaseConfig,
  processor: ProcessorSettings | undefined,
  sealing: Sealing | undefined,
): Promise<Finding[]> {
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
      await writes(pool),
      await session(pool),
      await databaseClock(pool),
      await connections(pool, processor),
      await migrations(pool),
    ];
    if (findings.at(-1)?.result === 'fail') {
      const detail = 'fix the migrations first';
      return [
        ...findings,
        { check: 'rights', result: 'skipped', detail },
        { check: 'partitions', result: 'skipped', detail },
        { check: 'sequences', result: 'skipped', detail },
        { check: 'endpoints', result: 'skipped', detail },
      ];
    }
    return [
      ...findings,
      await rights(pool),
      await partitions(pool),
      await sequences(pool),
      ...(await checkSender(pool, sealing)),
    ];
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

async function connections(pool: pg.Pool, processor: ProcessorSettings | undefined): Promise<Finding> {
  const check = 'connections';
  if (processor === undefined) return { check, result: 'skipped', detail: THE_CONFIGURATION_FIRST };
  const { WORKERS, STORE_CONNECTIONS } = processor;
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
    detail: `${detail}; ${status.newer.join(', ')} from a newer version, compatible with this one`,
  };
}

/** Compares the rights of the user with those that a processor needs. */
async function rights(pool: pg.Pool): Promise<Finding> {
  const check = 'rights';
  const { role, missing, excess } = await rightsOf(pool, 'processor');
  for (const purpose of ['sender', 'operator', 'reader'] as const) {
    const other = await rightsOf(pool, purpose);
    if (other.missing.length + other.excess.length > 0) continue;
    const detail = `${role} has the rights of ${purpose === 'operator' ? 'an' : 'a'} ${purpose}, not those of a processor`;
    const todo = 'run doctor with the DATABASE_URL of the processor to check its rights';
    return { check, result: 'warn', detail, todo };
  }
  const grant = 'run "npm run admin -- database grant --processor ROLE" as the owner of the tables';
  if (missing.length > 0)
    return { check, result: 'fail', detail: `${role} lacks ${missing.join(', ')}`, todo: grant };
  if (excess.length > 0) {
    return {
      check,
      result: 'warn',
      detail: `${role} may store, but has more rights than a processor needs: ${excess.join(', ')}`,
      todo: `give the processor a role of its own, and ${grant}`,
    };
  }
  return { check, result: 'ok', detail: `${role} may store, and has no other rights` };
}

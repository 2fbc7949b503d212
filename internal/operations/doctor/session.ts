import { serverOffset, whyReadOnly } from '../../postgres/conditions.ts';
import { examineSession, type Unlike } from '../../postgres/session.ts';
import type pg from 'pg';
import { clockFinding } from './clock.ts';
import type { Finding } from './finding.ts';

/** Whether it takes writes. */
export async function writes(pool: pg.Pool): Promise<Finding> {
  const check = 'writes';
  const readOnly = await whyReadOnly(pool);
  if (readOnly === null) return { check, result: 'ok', detail: 'the database takes them' };
  return { check, result: 'fail', detail: readOnly.reason, todo: readOnly.todo };
}

/** What follows from a setting that is not as it should be. */
const FOLLOWS: Readonly<Record<string, string>> = {
  fsync: 'what is committed may be lost, or the database be damaged, when the server crashes',
  full_page_writes: 'the database may be damaged when the server crashes',
  synchronous_commit:
    'what was committed last may be lost when the server crashes, and was deleted from SQS by then',
  session_replication_role: 'foreign keys are not checked',
  default_transaction_isolation: 'batches that meet are stored at their second try',
};

/** The settings of a session as a program has it, through whatever pooler stands between. */
export async function session(pool: pg.Pool): Promise<Finding> {
  const check = 'session settings';
  const client = await pool.connect();
  const { pooled, unlike } = await examineSession(client).finally(() => client.release());
  const through = pooled ? 'through a pooler' : 'no pooler between';
  if (unlike.length === 0) return { check, result: 'ok', detail: `as they should be, ${through}` };
  return {
    check,
    result: unlike.some(({ name }) => name === 'session_replication_role') ? 'fail' : 'warn',
    detail: `${unlike.map(describe).join('; ')} (${through})`,
    todo: `set them so for the server, the database or the role: ${unlike.map(({ name, wanted }) => `${name} = '${wanted}'`).join(', ')}`,
  };
}

function describe({ name, found }: Unlike): string {
  const follows = FOLLOWS[name];
  return `${name} is ${found}${follows === undefined ? '' : `: ${follows}`}`;
}

export async function databaseClock(pool: pg.Pool): Promise<Finding> {
  return clockFinding('PostgreSQL', await serverOffset(pool));
}

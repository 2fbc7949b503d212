import { serverOffset, whyReadOnly } from '../../postgres/conditions.ts';
import { examineSession, type Unlike } from '../../postgres/session.ts';
import type pg from 'pg';
import { clockFinding } from './clock.ts';
import type { Finding } from './finding.ts';

/** Checks that the database accepts writes. */
export async function writes(pool: pg.Pool): Promise<Finding> {
  const check = 'writes';
  const readOnly = await whyReadOnly(pool);
  if (readOnly === null) return { check, result: 'ok', detail: 'the database accepts them' };
  return { check, result: 'fail', detail: readOnly.reason, todo: readOnly.todo };
}

/** The consequence of each setting that is not as it should be. */
const FOLLOWS: Readonly<Record<string, string>> = {
  fsync: 'a crash of the server may lose committed data or damage the database',
  full_page_writes: 'a crash of the server may damage the database',
  synchronous_commit:
    'a crash of the server may lose the last commits, whose messages are already deleted from SQS',
  session_replication_role: 'foreign keys are not checked',
  default_transaction_isolation: 'conflicting batches are stored only at their second try',
};

/** Checks the settings of a session as the programs get it, through a pooler if there is one. */
export async function session(pool: pg.Pool): Promise<Finding> {
  const check = 'session settings';
  const client = await pool.connect();
  const { pooled, unlike } = await examineSession(client).finally(() => client.release());
  const through = pooled ? 'through a pooler' : 'without a pooler';
  if (unlike.length === 0) return { check, result: 'ok', detail: `as they should be, ${through}` };
  return {
    check,
    result: unlike.some(({ name }) => name === 'session_replication_role') ? 'fail' : 'warn',
    detail: `${unlike.map(describe).join('; ')} (${through})`,
    todo: `set for the server, the database or the role: ${unlike.map(({ name, wanted }) => `${name} = '${wanted}'`).join(', ')}`,
  };
}

function describe({ name, found }: Unlike): string {
  const follows = FOLLOWS[name];
  return `${name} is ${found}${follows === undefined ? '' : `: ${follows}`}`;
}

export async function databaseClock(pool: pg.Pool): Promise<Finding> {
  return clockFinding('PostgreSQL', await serverOffset(pool));
}

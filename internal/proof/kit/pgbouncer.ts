import { execFile, spawn } from 'node:child_process';
import { chown, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { endWithUs } from '../../embedded/guard.ts';
import { freePort } from '../../embedded/ports.ts';
import { postgresOwner } from '../../embedded/postgres-binaries.ts';
import { until } from './until.ts';

const run = promisify(execFile);

/** Debian installs it where only root's PATH looks. */
const PLACES = ['pgbouncer', '/usr/sbin/pgbouncer', '/usr/local/sbin/pgbouncer'];

/** The first release that tracks prepared statements across sessions in transaction mode. */
const WITH_PREPARED_STATEMENTS = [1, 21] as const;

/** PostgreSQL sessions behind the pooler: fewer than a processor's connections, so that they are shared. */
export const SESSIONS = 3;

export interface InstalledPgBouncer {
  readonly program: string;
  readonly version: string;
  readonly carriesPreparedStatements: boolean;
}

export interface PgBouncer extends AsyncDisposable {
  /** The URL of any database on the server, through the pooler. */
  urlOf(databaseUrl: string): string;
}

/** The PgBouncer on this machine, from PGBOUNCER or where packages install it; undefined if there is none. */
export async function findPgBouncer(): Promise<InstalledPgBouncer | undefined> {
  const named = process.env['PGBOUNCER'];
  for (const program of named === undefined ? PLACES : [named]) {
    const answer = await run(program, ['--version']).catch(() => undefined);
    const version = /PgBouncer (\d+)\.(\d+)\S*/i.exec(answer?.stdout ?? '');
    if (version === null) continue;
    const [major, minor] = WITH_PREPARED_STATEMENTS;
    const carriesPreparedStatements =
      Number(version[1]) > major || (Number(version[1]) === major && Number(version[2]) >= minor);
    return { program, version: version[0], carriesPreparedStatements };
  }
  return undefined;
}

/**
 * Starts PgBouncer in transaction mode in front of the server. Each transaction gets the session that was
 * idle longest: consecutive transactions use different sessions, so code that relies on session state fails.
 */
export async function startPgBouncer(
  { program, carriesPreparedStatements }: InstalledPgBouncer,
  serverUrl: string,
  { preparedStatements, settings = [] }: { preparedStatements: boolean; settings?: readonly string[] },
): Promise<PgBouncer> {
  const folder = await mkdtemp(join(tmpdir(), 'pgbouncer-'));
  const owner = await postgresOwner(); // PgBouncer also refuses to run as root
  const port = await freePort();
  const server = new URL(serverUrl);
  const file = join(folder, 'pgbouncer.ini');
  const lines = [
    '[databases]',
    `* = host=${server.hostname} port=${server.port || '5432'} user=${server.username} password=${server.password}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${port}`,
    'unix_socket_dir =',
    'auth_type = any',
    'pool_mode = transaction',
    `default_pool_size = ${SESSIONS}`,
    `min_pool_size = ${SESSIONS}`,
    'server_round_robin = 1',
    ...(carriesPreparedStatements ? [`max_prepared_statements = ${preparedStatements ? 200 : 0}`] : []),
    ...settings,
  ];
  await writeFile(file, `${lines.join('\n')}\n`);
  if (owner !== undefined) for (const path of [folder, file]) await chown(path, owner.uid, owner.gid);
  const child = spawn(program, [file], { ...owner, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  const guard = endWithUs(child, 'INT', folder);
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const urlOf = (databaseUrl: string) => {
    const url = new URL(databaseUrl);
    url.hostname = '127.0.0.1';
    url.port = String(port);
    return url.href;
  };
  const dispose = async () => {
    child.kill('SIGINT');
    await exited;
    guard?.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await until(() => answers(urlOf(serverUrl)), { what: 'PgBouncer', timeoutMs: 30_000 });
  } catch (error) {
    await dispose();
    throw new Error(`PgBouncer does not answer:\n${await readFile(file, 'utf8')}\n${log}`, { cause: error });
  }
  return { urlOf, [Symbol.asyncDispose]: dispose };
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {}); // the query rejects with the same error
  await client.connect();
  try {
    return (await client.query('select 1')).rowCount === 1;
  } finally {
    await client.end();
  }
}

import { hash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import pg from 'pg';
import { isReachable, postgresOwner } from '#internal/embedded/postgres-binaries.ts';

const DATABASE = 'events';

/** The wanted folder, or one that PostgreSQL's user can reach when we are root and the wanted one lies out of its reach. */
export async function dataFolder(wanted: string): Promise<string> {
  const owner = await postgresOwner();
  const folder = (await isReachable(join(wanted, 'postgres'), owner))
    ? wanted
    : join(tmpdir(), `event-processor-services-${hash('sha256', wanted, 'hex').slice(0, 16)}`);
  if (folder !== wanted)
    process.stderr.write(`PostgreSQL does not run as root and cannot reach ${wanted}: using ${folder}\n`);
  await mkdir(folder, { recursive: true });
  return folder;
}

/** Makes the database of the programs unless it exists; returns its URL. */
export async function createDatabase(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [DATABASE]);
    if (rowCount === 0) await client.query(`create database ${DATABASE}`);
    return url.replace(/\/postgres$/, `/${DATABASE}`);
  } finally {
    await client.end();
  }
}

import pg from 'pg';

const DATABASE = 'events';

/** Creates the programs' database unless it exists; returns its URL. */
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

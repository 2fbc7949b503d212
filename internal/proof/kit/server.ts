import pg from 'pg';

/** Runs one statement on a PostgreSQL server; returns its first row. It may go away meanwhile: then this rejects. */
export async function onServer(url: string, statement: string): Promise<Record<string, unknown> | undefined> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {}); // the statement's own rejection tells it
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows[0];
  } finally {
    await client.end().catch(() => {}); // gone already
  }
}

/** The URL of another database of the same server. */
export function urlOfDatabase(serverUrl: string, database: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  return url.href;
}

import pg from 'pg';

/**
 * Runs one statement on a PostgreSQL server and returns its first row. Rejects if the server goes away
 * meanwhile.
 */
export async function onServer(url: string, statement: string): Promise<Record<string, unknown> | undefined> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {}); // the statement rejects with the same error
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows[0];
  } finally {
    await client.end().catch(() => {}); // already closed
  }
}

/** The URL of another database on the same server. */
export function urlOfDatabase(serverUrl: string, database: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  return url.href;
}

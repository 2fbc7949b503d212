import type pg from 'pg';

/**
 * Runs `work` in a transaction on a connection of its own: commits when it resolves, rolls back when it throws. Closing the
 * connection does the rollback, whatever state it is in.
 */
export async function inTransaction<T>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  // A connection that breaks between statements emits this event, which would end the process if nothing listened. The next
  // statement reports what is wrong.
  const onError = () => {};
  client.on('error', onError);
  try {
    await client.query('begin');
    const result = await work(client);
    await client.query('commit');
    return result;
  } catch (error) {
    broken = error as Error;
    throw error;
  } finally {
    client.off('error', onError);
    client.release(broken);
  }
}

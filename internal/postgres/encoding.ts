import type pg from 'pg';

/** A database whose encoding cannot hold every event. */
export class EncodingError extends Error {
  override readonly name = 'EncodingError';
}

/** What the encoding of the database is. PostgreSQL cannot change it afterwards. */
export async function serverEncoding(pool: pg.Pool): Promise<string> {
  const { rows } = await pool.query<{ encoding: string }>(
    "select current_setting('server_encoding') as encoding",
  );
  return rows[0]?.encoding ?? '';
}

/** Why a database with that encoding cannot be used, and what to do; null when it can. */
export function encodingProblem(encoding: string): string | null {
  return encoding === 'UTF8'
    ? null
    : `the database has the encoding ${encoding}, in which most characters of the world cannot be stored: create one with "create database … encoding 'UTF8' template template0", and move what is in the old one with pg_dump`;
}

/** @throws EncodingError with what to do, unless the database is in UTF-8 */
export async function demandUtf8(pool: pg.Pool): Promise<void> {
  const problem = encodingProblem(await serverEncoding(pool));
  if (problem !== null) throw new EncodingError(problem);
}

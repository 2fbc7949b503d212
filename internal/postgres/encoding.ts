import type pg from 'pg';

/** A database whose encoding cannot hold every event. */
export class EncodingError extends Error {
  override readonly name = 'EncodingError';
}

/** Returns the encoding of the database, which PostgreSQL cannot change later. */
export async function serverEncoding(pool: pg.Pool): Promise<string> {
  const { rows } = await pool.query<{ encoding: string }>(
    "select current_setting('server_encoding') as encoding",
  );
  return rows[0]?.encoding ?? '';
}

/** Says why a database with that encoding cannot be used, and what to do; null when it can. */
export function encodingProblem(encoding: string): string | null {
  return encoding === 'UTF8'
    ? null
    : `the database has the encoding ${encoding}, which cannot store most of the world's characters: create one with "create database … encoding 'UTF8' template template0", and move the contents of the old one with pg_dump`;
}

/** @throws EncodingError with what to do, unless the database is in UTF-8 */
export async function demandUtf8(pool: pg.Pool): Promise<void> {
  const problem = encodingProblem(await serverEncoding(pool));
  if (problem !== null) throw new EncodingError(problem);
}

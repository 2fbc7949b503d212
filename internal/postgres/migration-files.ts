import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';

const FOLDER = new URL('../../migrations/', import.meta.url);

/** Matches a line of a migration such as `-- Works with programs from 0001_core.sql on.` */
const WORKS_WITH = /^-- Works with programs from (\d{4}_\w+\.sql) on\.$/m;

export interface Migration {
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
  /** The oldest program, by its newest migration, that works with the schema after this one. */
  readonly worksWith: string;
}

/** Reads the migrations of this program, or those in another folder, in order. */
export async function readMigrations(folder = FOLDER): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => /^\d{4}_\w+\.sql$/.test(name)).toSorted();
  return Promise.all(
    names.map(async (name) => {
      // Git may have checked the file out with other line endings.
      const sql = (await readFile(new URL(name, folder), 'utf8')).replaceAll('\r\n', '\n');
      const checksum = createHash('sha256').update(sql).digest('hex');
      return { name, sql, checksum, worksWith: WORKS_WITH.exec(sql)?.[1] ?? name };
    }),
  );
}

import { randomBytes } from 'node:crypto';
import pg from 'pg';

export interface TestRoles extends AsyncDisposable {
  /** Creates a role that can log in, with `part` in its name. */
  make(part: string, attributes?: string): Promise<string>;
  /** The URL of the same database for that role. */
  urlFor(databaseUrl: string, role: string): string;
}

const PASSWORD = 'secret';

/**
 * Creates roles for a test. Roles belong to the whole server, so they get unique names. At the end they are
 * dropped, and what they own goes to the test's user.
 */
export function testRoles(pool: pg.Pool): TestRoles {
  const made: string[] = [];
  const suffix = randomBytes(6).toString('hex');
  return {
    async make(part, attributes = '') {
      const name = `${part}_${suffix}`;
      await pool.query(`create role ${pg.escapeIdentifier(name)} login password '${PASSWORD}' ${attributes}`);
      made.push(name);
      return name;
    },
    urlFor(databaseUrl, role) {
      const url = new URL(databaseUrl);
      url.username = encodeURIComponent(role);
      url.password = PASSWORD;
      return url.href;
    },
    async [Symbol.asyncDispose]() {
      for (const name of made.toReversed().map((each) => pg.escapeIdentifier(each))) {
        await pool.query(
          `reassign owned by ${name} to current_user; drop owned by ${name}; drop role ${name}`,
        );
      }
    },
  };
}

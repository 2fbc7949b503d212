import { ProgramError } from '#internal/daemon/program.ts';
import { PRODUCERS } from '#internal/load/payloads.ts';
import { isDatabaseError } from '#internal/postgres/errors.ts';
import { explainDatabaseError } from '#internal/postgres/explain.ts';
import { migrationProblem, migrationStatus } from '#internal/postgres/migrate.ts';
import { openPool } from '#internal/postgres/pool.ts';
import { registerNames } from '#internal/postgres/registry/register-names.ts';
import type { RegisteringConfig } from '#internal/programs/producers.ts';

/**
 * Registers the tenants, and for each the clients and event types of the producers that are played. Returns a sentence.
 * @throws ProgramError when PostgreSQL cannot be used, or was not migrated
 */
export async function register(
  { DATABASE_URL: url, DATABASE_IAM_AUTH: iamAuth }: RegisteringConfig,
  tenants: readonly string[],
): Promise<string> {
  const pool = openPool(url, { max: 1, applicationName: 'event-processor-producers', iamAuth });
  try {
    const problem = migrationProblem(await migrationStatus(pool));
    if (problem !== null) throw new ProgramError(problem);
    const added = await registerNames(pool, {
      tenants,
      clients: PRODUCERS.map(({ client }) => client),
      eventTypes: PRODUCERS.map(({ name }) => name),
    });
    return added.tenants + added.clients + added.eventTypes === 0
      ? 'all names were registered already'
      : `registered: tenants ${added.tenants}, clients ${added.clients}, event types ${added.eventTypes}`;
  } catch (error) {
    if (!isDatabaseError(error)) throw error;
    throw new ProgramError(explainDatabaseError(error, url), { cause: error });
  } finally {
    await pool.end();
  }
}

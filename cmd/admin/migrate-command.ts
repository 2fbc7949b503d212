import { setTimeout as sleep } from 'node:timers/promises';
import { ProgramError } from '#internal/daemon/program.ts';
import { demandUtf8, EncodingError } from '#internal/postgres/encoding.ts';
import {
  MigrationError,
  type MigrationStatus,
  migrate,
  migrationProblem,
  migrationStatus,
} from '#internal/postgres/migrate.ts';
import type { CommandLine } from '#internal/config/command-line.ts';
import type pg from 'pg';
import { withDatabase } from './connections.ts';
import { type Output, print, tellPerson } from './output.ts';
import { positive } from './positive.ts';

interface MigrateOptions {
  readonly status: boolean;
  readonly wait?: number;
}

const LOOK_MS = 1_000;

/** `migrate`. */
export function migrateCommand(program: CommandLine, output: () => Output): void {
  program
    .command('migrate')
    .description('migrate the database to the schema of this program')
    .option('--status', 'only show what would be done', false)
    .option(
      '--wait <seconds>',
      'change nothing: wait at most this long until another process has migrated, as pods wait for the migration job',
      positive(86_400),
    )
    .check(({ status, wait }: MigrateOptions) =>
      status && wait !== undefined ? ['--status and --wait exclude each other: give only one of them'] : [],
    )
    .action(({ status, wait }: MigrateOptions) => {
      if (wait !== undefined) return waitUntilMigrated(wait, output());
      return status ? showStatus(output()) : applyAll(output());
    });
}

async function showStatus(output: Output): Promise<void> {
  await withDatabase(async (pool) => print(output, await migrationStatus(pool), describe));
}

function describe({ applied, pending, changed, newer, unknown }: MigrationStatus): string {
  return [
    `applied: ${applied.join(', ') || 'none'}`,
    `pending: ${pending.join(', ') || 'none'}`,
    ...(changed.length > 0 ? [`changed after they were applied: ${changed.join(', ')}`] : []),
    ...(newer.length > 0 ? [`from a newer program, compatible with this one: ${newer.join(', ')}`] : []),
    ...(unknown.length > 0
      ? [`from a newer program, not compatible with this one: ${unknown.join(', ')}`]
      : []),
  ].join('\n');
}

async function applyAll(output: Output): Promise<void> {
  const work = async (pool: pg.Pool) => {
    try {
      await demandUtf8(pool);
      return await migrate(pool, { tell: tellPerson });
    } catch (error) {
      // Its cause may be an error of PostgreSQL, but its own message says more.
      if (error instanceof MigrationError || error instanceof EncodingError)
        throw new ProgramError(error.message, { cause: error });
      throw error;
    }
  };
  const applied = await withDatabase(work, { statementTimeoutMs: 0 });
  print(output, { applied }, () =>
    applied.length === 0 ? 'nothing to do: the database is up to date' : `applied ${applied.join(', ')}`,
  );
}

/** Says what it waits for, and again when that changes, so that the log of a waiting pod explains it. */
async function waitUntilMigrated(seconds: number, output: Output): Promise<void> {
  const deadlineMs = performance.now() + seconds * 1000;
  let told: string | null = null;
  for (;;) {
    const problem = await problemNow();
    if (problem === null) return print(output, { migrated: true }, () => 'the database is up to date');
    if (performance.now() > deadlineMs) throw new ProgramError(problem);
    if (problem !== told) tellPerson(`waiting: ${problem}`);
    told = problem;
    await sleep(LOOK_MS);
  }
}

/** Errors count as a reason to wait: PostgreSQL may be unreachable, or rights may be granted only after the migration. */
async function problemNow(): Promise<string | null> {
  try {
    return await withDatabase(async (pool) => migrationProblem(await migrationStatus(pool)));
  } catch (error) {
    if (error instanceof ProgramError) return error.message;
    throw error;
  }
}

import { ProgramError } from '#internal/daemon/program.ts';
import {
  applyGrants,
  type Granted,
  GrantError,
  planGrants,
  type RolesWanted,
} from '#internal/operations/grants.ts';
import type { Command } from 'commander';
import type pg from 'pg';
import { withDatabase } from './connections.ts';
import { type Output, print, printWhole, table } from './output.ts';

interface GrantOptions extends RolesWanted {
  readonly print: boolean;
}

/** `database grant`. */
export function databaseCommands(program: Command, output: () => Output): void {
  const database = program.command('database').description('who may do what in PostgreSQL');
  database
    .command('grant')
    .description('give each role the rights that its purpose needs, and take all others away')
    .option('--owner <role>', 'migrates and makes partitions (default: the owner of the tables now)')
    .option('--processor <role>', 'stores events and rejections; cannot change or delete stored events')
    .option('--sender <role>', 'delivers messages; cannot change them, or endpoints but for disabling them')
    .option('--operator <role>', 'runs this command line: registers, replays, discards, reads')
    .option('--reader <role>', 'only reads')
    .option('--print', 'print the SQL and change nothing', false)
    .addHelpText(
      'after',
      `
The roles must exist; if one does not, the command prints the statement that
creates it. Run it as the owner of the tables, and again after each migration;
it is one transaction, and processors may be running. To change the owner, run
it once as a superuser, or as a member of the old and the new owner.`,
    )
    .action((options: GrantOptions) => withDatabase((pool) => grant(pool, options, output())));
}

async function grant(pool: pg.Pool, options: GrantOptions, output: Output): Promise<void> {
  try {
    const plan = await planGrants(pool, options);
    if (options.print)
      return printWhole(output, plan, ({ statements }) =>
        ['begin', ...statements, 'commit'].map((statement) => `${statement};`).join('\n'),
      );
    const granted = await applyGrants(pool, plan);
    print(output, { owner: plan.owner, granted }, ({ owner, granted: all }) =>
      table(
        ['role', 'purpose', 'may'],
        [[owner, 'owner', 'everything: it owns the tables'], ...all.map(rowOf)],
      ),
    );
  } catch (error) {
    if (error instanceof GrantError) throw new ProgramError(error.message, { cause: error });
    throw error;
  }
}

const SAID = {
  processor: 'store events, keep rejections',
  sender: 'deliver messages, store announcements',
  operator: 'register, replay, discard, read',
  reader: 'read',
} as const;

function rowOf({ role, purpose }: Granted): string[] {
  return [role, purpose, SAID[purpose]];
}

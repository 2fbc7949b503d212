import process from 'node:process';
import { runProgram } from '#internal/daemon/program.ts';
import { MigrationError, migrate, migrationStatus } from '#internal/postgres/migrate.ts';
import { Command } from 'commander';
import { config as readDotenv } from 'dotenv';
import { withDatabase } from './connections.ts';
import { doctor } from './doctor.ts';
import { mappingCommands } from './mapping-commands.ts';
import { type Output, print } from './output.ts';
import { queueCommands } from './queue-commands.ts';
import { registryCommands } from './registry-commands.ts';
import { rejectionCommands } from './rejection-commands.ts';

await runProgram('admin', async () => {
  readDotenv({ quiet: true });
  let exitCode = 0;
  const program = new Command('admin')
    .description("The operator's command line of the event processor.")
    .option('--json', 'one JSON document instead of tables', false)
    .addHelpText(
      'after',
      '\nConfiguration comes from environment variables and from .env in the working directory.\nExit codes: 0 done, 1 failed, 2 wrong configuration or command line.',
    )
    .configureHelp({ showGlobalOptions: true })
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));
  const output = () => program.opts<Output>();
  program
    .command('migrate')
    .description('bring the database to the schema of this program')
    .option('--status', 'only tell what would be done', false)
    .action(({ status }: { status: boolean }) => migrateCommand(status, output()));
  registryCommands(program, output);
  mappingCommands(program, output);
  rejectionCommands(program, output);
  queueCommands(program, output);
  program
    .command('doctor')
    .description('check configuration, PostgreSQL and SQS, and say what to do about what is wrong')
    .action(async () => {
      exitCode = await doctor(output());
    });
  withJsonEverywhere(program);
  await program.parseAsync(process.argv);
  return exitCode;
});

async function migrateCommand(statusOnly: boolean, output: Output): Promise<void> {
  await withDatabase(async (pool) => {
    if (statusOnly) {
      return print(output, await migrationStatus(pool), ({ applied, pending, changed, unknown }) =>
        [`applied: ${applied.join(', ') || 'none'}`, `pending: ${pending.join(', ') || 'none'}`]
          .concat(changed.length > 0 ? [`changed after they were applied: ${changed.join(', ')}`] : [])
          .concat(unknown.length > 0 ? [`of a newer program: ${unknown.join(', ')}`] : [])
          .join('\n'),
      );
    }
    try {
      print(output, { applied: await migrate(pool) }, ({ applied }) =>
        applied.length === 0 ? 'nothing to do: the database is up to date' : `applied ${applied.join(', ')}`,
      );
    } catch (error) {
      // Its cause may be an error of PostgreSQL, but its own sentence says more.
      if (error instanceof MigrationError) throw new Error(error.message, { cause: error });
      throw error;
    }
  });
}

/** `--json` may stand before or after the command's name. */
function withJsonEverywhere(program: Command): void {
  const visit = (command: Command) => {
    for (const child of command.commands) {
      child.exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2)).allowExcessArguments(false);
      if (child.commands.length === 0) {
        child
          .option('--json', 'one JSON document instead of tables')
          .on('option:json', () => program.setOptionValue('json', true));
      }
      visit(child);
    }
  };
  visit(program);
}

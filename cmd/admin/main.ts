import process from 'node:process';
import { runProgram } from '#internal/daemon/program.ts';
import { Command, Option } from 'commander';
import { config as readDotenv } from 'dotenv';
import { databaseCommands } from './database-command.ts';
import { doctor } from './doctor.ts';
import { mappingCommands } from './mapping-commands.ts';
import { messageCommands } from './message-commands.ts';
import { migrateCommand } from './migrate-command.ts';
import type { Output } from './output.ts';
import { partitionCommands } from './partition-commands.ts';
import { queueCommands } from './queue-commands.ts';
import { registryCommands } from './registry-commands.ts';
import { rejectionCommands } from './rejection-commands.ts';

// Whoever reads our output may have enough of it, as "head" does: that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

await runProgram('admin', async () => {
  readDotenv({ quiet: true });
  let exitCode = 0;
  const program = new Command('admin')
    .description("The operator's command line of the event processor.")
    .option('--json', 'one JSON document instead of tables', false)
    .addHelpText(
      'after',
      '\nConfiguration comes from environment variables and from .env in the working\ndirectory.\nExit codes: 0 done, 1 failed, 2 wrong configuration or command line.',
    )
    .configureHelp({ showGlobalOptions: true })
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));
  const output = () => program.opts<Output>();
  migrateCommand(program, output);
  databaseCommands(program, output);
  partitionCommands(program, output);
  registryCommands(program, output);
  mappingCommands(program, output);
  rejectionCommands(program, output);
  messageCommands(program, output);
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

/** `--json` may stand before or after the command's name. */
function withJsonEverywhere(program: Command): void {
  const visit = (command: Command) => {
    for (const child of command.commands) {
      child.exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2)).allowExcessArguments(false);
      if (child.commands.length === 0) {
        child
          .addOption(new Option('--json').hideHelp()) // told once, among the global options
          .on('option:json', () => program.setOptionValue('json', true));
      }
      visit(child);
    }
  };
  visit(program);
}

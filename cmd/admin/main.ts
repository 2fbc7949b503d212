import process from 'node:process';
import { runProgram } from '#internal/daemon/program.ts';
import { CommandLine } from '#internal/config/command-line.ts';
import { readDotenv } from '#internal/config/dotenv.ts';
import { demandInput } from '#internal/programs/input.ts';
import { type Command, Option } from 'commander';
import { databaseCommands } from './database-command.ts';
import { deadCommands } from './dead-commands.ts';
import { deliveryCommands } from './delivery-commands.ts';
import { doctor } from './doctor.ts';
import { endpointCommands } from './endpoint-commands.ts';
import { mappingCommands } from './mapping-commands.ts';
import { messageCommands } from './message-commands.ts';
import { migrateCommand } from './migrate-command.ts';
import { needsOf } from './needs.ts';
import type { Output } from './output.ts';
import { partitionCommands } from './partition-commands.ts';
import { queueCommands } from './queue-commands.ts';
import { registryCommands } from './registry-commands.ts';
import { rejectionCommands } from './rejection-commands.ts';
import { senderCommands } from './sender-commands.ts';

// A reader such as "head" may close the pipe early: that is not a failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

await runProgram('admin', async () => {
  const dotenv = readDotenv();
  let exitCode = 0;
  const program = new CommandLine('admin')
    .description("The operator's command line of the event processor.")
    .option('--json', 'print one JSON document instead of tables', false)
    .addHelpText(
      'after',
      '\nConfiguration comes from environment variables and from .env in the working\ndirectory.\nExit codes: 0 done, 1 failed, 2 wrong configuration or command line.',
    )
    .configureHelp({ showGlobalOptions: true })
    .hook('preAction', async (_program, command) => {
      const commandLine = (command as CommandLine).mistakes();
      await demandInput(needsOf(wordsOf(command)), { commandLine, dotenv });
    });
  const output = () => program.opts<Output>();
  migrateCommand(program, output);
  databaseCommands(program, output);
  partitionCommands(program, output);
  registryCommands(program, output);
  mappingCommands(program, output);
  rejectionCommands(program, output);
  messageCommands(program, output);
  endpointCommands(program, output);
  deliveryCommands(program, output);
  deadCommands(program, output);
  senderCommands(program, output);
  queueCommands(program, output);
  program
    .command('doctor')
    .description('check configuration, PostgreSQL, SQS, clocks and ports, and say how to fix what is wrong')
    .action(async () => {
      exitCode = await doctor(output(), dotenv);
    });
  withJsonEverywhere(program);
  await program.parseAsync(process.argv);
  program.demand(); // an unknown command runs no action and no hook
  return exitCode;
});

/** The command without the program's own name, such as `tenant add`. */
function wordsOf(command: Command): string {
  const { parent } = command;
  return parent?.parent ? `${wordsOf(parent)} ${command.name()}` : command.name();
}

/** `--json` may stand before or after the command's name. */
function withJsonEverywhere(program: Command): void {
  const visit = (command: Command) => {
    for (const child of command.commands) {
      if (child.commands.length === 0) {
        child
          .addOption(new Option('--json').hideHelp()) // shown once, among the global options
          .on('option:json', () => program.setOptionValue('json', true));
      }
      visit(child);
    }
  };
  visit(program);
}

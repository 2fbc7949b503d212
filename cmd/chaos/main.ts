import process from 'node:process';
import { runProgram } from '#internal/daemon/program.ts';
import { listenForShutdown } from '#internal/daemon/signals.ts';
import { FAULTS } from '#internal/proof/chaos/faults/all.ts';
import { parseOptions } from '#internal/proof/chaos/options.ts';
import { reportOf } from '#internal/proof/chaos/report.ts';
import { tell } from '#internal/proof/chaos/tell.ts';
import { columnsOf } from '#internal/terminal/columns.ts';
import { markdownOnTerminal } from '#internal/terminal/markdown.ts';
import { wrappedLines } from '#internal/terminal/text-width.ts';
import { runRounds } from '#internal/proof/chaos/rounds.ts';
import { startStack } from '#internal/proof/chaos/stack.ts';

const SHUTDOWN_SECONDS = 120;

await runProgram('chaos', async () => {
  const options = parseOptions(
    process.argv,
    FAULTS.map(({ name }) => name),
  );
  if (options.list) {
    const list = FAULTS.map(({ name, what }) => `${name.padEnd(28)}${what}\n`).join('');
    process.stdout.write(wrappedLines(list, columnsOf()));
    return 0;
  }
  using shutdown = listenForShutdown(SHUTDOWN_SECONDS, () => {
    const what = shutdown.drain.aborted ? 'ending now' : 'ending after this round; once more to end now';
    tell(what);
  });
  await using stack = await startStack();
  const rounds = await runRounds(stack, options, shutdown);
  process.stdout.write(markdownOnTerminal(reportOf(rounds, options.seed)));
  return rounds.some(({ result }) => result.violations.length > 0) ? 1 : 0;
});

import process from 'node:process';
import { runProgram } from '#internal/daemon/program.ts';
import { listenForShutdown } from '#internal/daemon/signals.ts';
import { FAULTS } from '#internal/proof/chaos/faults/all.ts';
import { parseOptions } from '#internal/proof/chaos/options.ts';
import { reportOf } from '#internal/proof/chaos/report.ts';
import { runRounds } from '#internal/proof/chaos/rounds.ts';
import { startStack } from '#internal/proof/chaos/stack.ts';

const SHUTDOWN_SECONDS = 120;

await runProgram('chaos', async () => {
  const options = parseOptions(
    process.argv,
    FAULTS.map(({ name }) => name),
  );
  if (options.list) {
    process.stdout.write(FAULTS.map(({ name, what }) => `${name.padEnd(28)}${what}\n`).join(''));
    return 0;
  }
  using shutdown = listenForShutdown(SHUTDOWN_SECONDS, () => {
    const what = shutdown.drain.aborted ? 'ending now' : 'ending after this round; once more to end now';
    process.stderr.write(`${what}\n`);
  });
  await using stack = await startStack();
  const rounds = await runRounds(stack, options, shutdown);
  process.stdout.write(reportOf(rounds, options.seed));
  return rounds.some(({ result }) => result.violations.length > 0) ? 1 : 0;
});

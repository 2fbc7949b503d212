import process from 'node:process';
import { runProgram } from '#internal/daemon/program.ts';
import { onSignals } from '#internal/daemon/signals.ts';
import { startDatabases } from '#internal/proof/bench/databases.ts';
import { describeMachine } from '#internal/proof/bench/machine.ts';
import { measure } from '#internal/proof/bench/measure.ts';
import { parseOptions } from '#internal/proof/bench/options.ts';
import { report } from '#internal/proof/bench/report.ts';

/** What shells add to the number of a signal for an exit code. */
const SIGNALLED = 128;

await runProgram('bench', async () => {
  const choice = parseOptions(process.argv);
  // The embedded queues take any credentials; the SDK asks for some.
  process.env['AWS_ACCESS_KEY_ID'] = 'bench';
  process.env['AWS_SECRET_ACCESS_KEY'] = 'bench';
  const interrupted = interruption();
  await using databases = await startDatabases();
  const measuring = measure(choice, databases).then(async (measured) => {
    await report(choice.options.out, choice.command, describeMachine(databases.version), measured);
    return 0;
  });
  return await Promise.race([measuring, interrupted]);
});

/** Ctrl-C gives up what is being measured; what was started and written for it goes with it. */
function interruption(): Promise<number> {
  return new Promise((resolve) => {
    let told = false;
    onSignals(['SIGINT', 'SIGTERM'], (_signal, number) => {
      if (told) process.exit(SIGNALLED + number);
      told = true;
      resolve(SIGNALLED + number);
    });
  });
}

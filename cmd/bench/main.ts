import process from 'node:process';
import { runProgram } from '#internal/daemon/program.ts';
import { onSignals } from '#internal/daemon/signals.ts';
import { startDatabases } from '#internal/proof/bench/databases.ts';
import { describeMachine } from '#internal/proof/bench/machine.ts';
import { measure } from '#internal/proof/bench/measure.ts';
import { parseOptions } from '#internal/proof/bench/options.ts';
import { report } from '#internal/proof/bench/report.ts';

/** Shells report a signal as this exit code plus the number of the signal. */
const SIGNALLED = 128;

await runProgram('bench', async () => {
  const choice = parseOptions(process.argv);
  // The embedded queues accept any credentials, but the SDK requires some.
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

/** Resolves with an exit code at Ctrl-C: the measurement is given up, and what it started and wrote is cleaned up. */
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

import process from 'node:process';
import { runProgram } from '#internal/daemon/program.ts';
import { startDatabases } from '#internal/proof/bench/databases.ts';
import { describeMachine } from '#internal/proof/bench/machine.ts';
import { measure } from '#internal/proof/bench/measure.ts';
import { parseOptions } from '#internal/proof/bench/options.ts';
import { report } from '#internal/proof/bench/report.ts';

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
    process.once('SIGINT', () => resolve(130)).once('SIGTERM', () => resolve(143));
  });
}

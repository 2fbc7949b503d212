import process from 'node:process';
import { runProgram } from '#internal/daemon/program.ts';
import { onSignals } from '#internal/daemon/signals.ts';
import { compare, stepsOf } from '#internal/proof/bench/compare.ts';
import { comparisonMarkdown } from '#internal/proof/bench/comparison-report.ts';
import { startDatabases } from '#internal/proof/bench/databases.ts';
import { growth } from '#internal/proof/bench/growth.ts';
import { heal } from '#internal/proof/bench/heal.ts';
import { describeMachine } from '#internal/proof/bench/machine.ts';
import { type Choice, parseOptions } from '#internal/proof/bench/options.ts';
import { profile } from '#internal/proof/bench/profile.ts';
import { showSteps } from '#internal/proof/bench/progress.ts';
import { report } from '#internal/proof/bench/report.ts';
import { soak } from '#internal/proof/bench/soak.ts';

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

async function measure(
  choice: Choice,
  databases: Awaited<ReturnType<typeof startDatabases>>,
): Promise<{ markdown: string; results: object }> {
  switch (choice.command) {
    case 'compare': {
      using steps = showSteps(stepsOf(choice.options));
      const comparison = await compare(databases, choice.options, steps);
      return { markdown: comparisonMarkdown(comparison), results: comparison };
    }
    case 'growth':
      return growth(databases, choice.options);
    case 'soak':
      return soak(databases, choice.options);
    case 'profile':
      return profile(databases, choice.options);
    case 'heal':
      return heal(databases, choice.options);
  }
}

import process from 'node:process';
import { ConfigError } from '#internal/config/config.ts';
import { readDotenv } from '#internal/config/dotenv.ts';
import { ProgramError, runProgram } from '#internal/daemon/program.ts';
import { listenForShutdown } from '#internal/daemon/signals.ts';
import { loadInput } from '#internal/programs/input.ts';
import { isMisconfigured } from '#internal/sqs/errors.ts';
import { producersConfig } from './config.ts';
import { EventGenerator } from './generator.ts';
import { Ledger } from './ledger.ts';
import { paceOf, parseOptions } from './options.ts';
import { Packer } from './packer.ts';
import { produce } from './produce.ts';
import { showProgress, summarize } from './progress.ts';
import { openTarget } from './queue.ts';
import { Sender } from './sender.ts';

/** Sends under way get so long to be answered after Ctrl-C. */
const SHUTDOWN_SECONDS = 20;

await runProgram('producers', async () => {
  const { options, mistakes } = parseOptions(process.argv);
  const config = await loadInput(producersConfig, { commandLine: mistakes, dotenv: readDotenv() });
  if (options === undefined) throw new ConfigError([], mistakes);
  const { concurrency, seed } = options;
  using target = await openTarget(config, concurrency);
  using ledger = new Ledger(options.ledger);
  using shutdown = listenForShutdown(SHUTDOWN_SECONDS, () => {});
  const { drain, stop } = shutdown;
  process.stderr.write(
    `sending to ${target.queue.name}; Ctrl-C ends it; --seed ${seed} sends the same again\n`,
  );
  const start = performance.now();
  let sender: Sender;
  {
    using progress = showProgress(ledger, options.count);
    drain.addEventListener('abort', () => progress.tell('ending what is under way; once more to stop now'));
    const tell = (line: string, error?: unknown) =>
      progress.tell(error === undefined ? line : `${line}: ${target.explain(error)}`);
    sender = new Sender({ ...target, queueUrl: target.queue.url, concurrency, ledger, drain, stop, tell });
    const packer = new Packer({
      ...target,
      eventsPerBody: options.batch,
      ...(options.compress === undefined ? {} : { compress: options.compress }),
    });
    await produce({ generator: new EventGenerator(options), packer, sender, pace: paceOf(options), drain });
  }
  process.stdout.write(summarize(ledger, sender, (performance.now() - start) / 1000, seed));
  const { problem } = sender;
  if (problem instanceof ProgramError) throw problem;
  if (problem !== undefined)
    throw new ProgramError(target.explain(problem), {
      exitCode: isMisconfigured(problem) ? 2 : 1,
      cause: problem,
    });
  return ledger.total('failed') === 0 ? 0 : 1;
});

import process from 'node:process';
import { loadConfig } from '#internal/config/config.ts';
import { ProgramError, runProgram } from '#internal/daemon/program.ts';
import { listenForShutdown } from '#internal/daemon/signals.ts';
import { columnsOf } from '#internal/terminal/columns.ts';
import { wrappedLines } from '#internal/terminal/text-width.ts';
import { config as readDotenv } from 'dotenv';
import { producersConfig, registeringConfig } from './config.ts';
import { EventGenerator } from '#internal/load/generator.ts';
import { Ledger } from '#internal/load/ledger.ts';
import { paceOf, parseOptions } from './options.ts';
import { Packer } from '#internal/load/packer.ts';
import { produce } from './produce.ts';
import { showProgress, summarize } from './progress.ts';
import { openTarget } from './queue.ts';
import { register } from './register.ts';
import { Sender } from './sender.ts';

/** Sends under way get so long to be answered after Ctrl-C. */
const SHUTDOWN_SECONDS = 20;

await runProgram('producers', async () => {
  const options = parseOptions(process.argv);
  readDotenv({ quiet: true });
  const registering = options.register ? loadConfig(registeringConfig, process.env) : undefined;
  const config = registering ?? loadConfig(producersConfig, process.env);
  const { concurrency, seed } = options;
  using target = await openTarget(config, concurrency);
  using ledger = new Ledger(options.ledger);
  using shutdown = listenForShutdown(SHUTDOWN_SECONDS, () => {});
  const { drain, stop } = shutdown;
  const say = (line: string) => process.stderr.write(`${wrappedLines(line, columnsOf(process.stderr))}\n`);
  if (registering !== undefined) say(await register(registering, options.tenants));
  say(`sending to ${target.queue.name}; Ctrl-C ends it; --seed ${seed} sends the same again`);
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
  if (problem !== undefined) throw new ProgramError(target.explain(problem), { cause: problem });
  return ledger.total('failed') === 0 ? 0 : 1;
});

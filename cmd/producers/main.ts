import process from 'node:process';
import { ConfigError } from '#internal/config/config.ts';
import { readDotenv } from '#internal/config/dotenv.ts';
import { ProgramError, runProgram } from '#internal/daemon/program.ts';
import { listenForShutdown } from '#internal/daemon/signals.ts';
import { columnsOf } from '#internal/terminal/columns.ts';
import { wrappedLines } from '#internal/terminal/text-width.ts';
import { loadInput } from '#internal/programs/input.ts';
import { isMisconfigured } from '#internal/sqs/errors.ts';
import { Ledger } from '#internal/load/ledger.ts';
import { producersConfig, registeringConfig } from '#internal/programs/producers.ts';
import { openOutbox } from './outbox.ts';
import { parseOptions } from './options.ts';
import { produce } from './produce.ts';
import { showProgress, summarize } from './progress.ts';
import { openTarget } from './queue.ts';
import { register } from './register.ts';

/** After Ctrl-C, SQS has this long to answer the sends in flight. */
const SHUTDOWN_SECONDS = 20;

await runProgram('producers', async () => {
  const { options, mistakes } = parseOptions(process.argv);
  const given = { commandLine: mistakes, dotenv: readDotenv() };
  const registering = options?.register === true ? await loadInput(registeringConfig, given) : undefined;
  const config = registering ?? (await loadInput(producersConfig, given));
  if (options === undefined) throw new ConfigError([], mistakes);
  const { concurrency, seed } = options;
  using target = await openTarget(config, concurrency);
  using ledger = new Ledger(options.ledger);
  using shutdown = listenForShutdown(SHUTDOWN_SECONDS, () => {});
  const { drain, stop } = shutdown;
  const say = (line: string) => process.stderr.write(`${wrappedLines(line, columnsOf(process.stderr))}\n`);
  if (registering !== undefined) say(await register(registering, options.tenants));
  say(`sending to ${target.queue.name}; Ctrl-C ends it; --seed ${seed} sends the same again`);
  const start = performance.now();
  let outbox: ReturnType<typeof openOutbox>;
  {
    using progress = showProgress(ledger, options.count);
    drain.addEventListener('abort', () =>
      progress.tell('finishing the sends in flight; once more to stop now'),
    );
    const tell = (line: string, error?: unknown) =>
      progress.tell(error === undefined ? line : `${line}: ${target.explain(error)}`);
    outbox = openOutbox(target, ledger, { concurrency, drain, stop, tell });
    await produce(outbox, { options, target, drain });
  }
  process.stdout.write(summarize(ledger, outbox.sent, (performance.now() - start) / 1000, seed));
  const { problem } = outbox;
  if (problem instanceof ProgramError) throw problem;
  if (problem !== undefined)
    throw new ProgramError(target.explain(problem), {
      exitCode: isMisconfigured(problem) ? 2 : 1,
      cause: problem,
    });
  return ledger.total('failed') === 0 ? 0 : 1;
});

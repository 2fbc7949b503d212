import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { runProgram } from '#internal/daemon/program.ts';
import { listenForShutdown } from '#internal/daemon/signals.ts';
import { ChildProgram } from '#internal/embedded/program.ts';
import type { BooksSnapshot } from '#internal/processor/books.ts';
import { columnsOf } from '#internal/terminal/columns.ts';
import { startDelivering } from './delivering.ts';
import { drained } from './drained.ts';
import { type Live, showLive } from './live.ts';
import { parseOptions, USUAL_FAILING } from './options.ts';
import { produce, startProducers } from './producers.ts';
import { startStack, TENANTS } from './stack.ts';
import { judge } from './verdict.ts';

const SHUTDOWN_SECONDS = 60;

await runProgram('demo', async () => {
  const options = parseOptions(process.argv);
  let live: Live | undefined;
  const tell = (line: string) => (live === undefined ? process.stderr.write(`${line}\n`) : live.tell(line));
  using shutdown = listenForShutdown(SHUTDOWN_SECONDS, tell);
  process.stdout.write('Starting PostgreSQL and SQS …\n');
  await using stack = await startStack();
  const { env, folder } = stack;
  await using processor = new ChildProgram({
    path: 'cmd/processor/main.ts',
    name: 'processor',
    env,
    folder,
  });
  const { healthPort } = await processor.logged('ready');
  const { sender, receiversFail = USUAL_FAILING } = options;
  await using delivering = sender ? await startDelivering(stack, receiversFail) : undefined;
  const startedMs = performance.now();
  const ledger = join(folder, 'ledger.jsonl');
  await writeFile(ledger, ''); // the producers may end before they create it
  await using producers = startProducers(options, stack, ledger);
  process.stdout.write(
    `Sending good, bad and repeated events for ${TENANTS.join(', ')}${options.events === undefined ? '; Ctrl-C to end' : ''}\n`,
  );
  let seconds: number;
  {
    using counters = showLive(Number(healthPort), () => delivering?.delivered);
    live = counters;
    await produce(producers, processor, shutdown);
    await drained(stack, processor, shutdown.stop);
    seconds = (performance.now() - startedMs) / 1000;
    await delivering?.complete(Number(healthPort), shutdown.stop);
  }
  live = undefined;
  processor.signal('SIGTERM');
  const books = (await processor.logged('stopped')) as unknown as BooksSnapshot;
  const deliveries = await delivering?.end();
  const verdict = await judge(stack.pool, ledger, { books, seconds, deliveries });
  await processor.exited;
  // JSON is for programs: it is wider than most screens, and repeats what people have just read.
  if (options.json || columnsOf() === undefined) process.stdout.write(`${JSON.stringify(verdict)}\n`);
  return verdict.balanced ? 0 : 1;
});

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { ProgramError, runProgram } from '#internal/daemon/program.ts';
import { listenForShutdown, type Shutdown } from '#internal/daemon/signals.ts';
import type { BooksSnapshot } from '#internal/processor/books.ts';
import { sleep } from '#internal/processor/waiting.ts';
import { columnsOf } from '#internal/terminal/columns.ts';
import { openSqs } from '#internal/sqs/client.ts';
import { describeQueue, findQueue } from '#internal/sqs/queue.ts';
import { Child } from '#internal/embedded/program.ts';
import { type Live, showLive } from './live.ts';
import { type DemoOptions, parseOptions } from './options.ts';
import { type Stack, startStack, TENANTS } from './stack.ts';
import { judge } from './verdict.ts';

const SHUTDOWN_SECONDS = 60;
/** Without a number of events, a pace at which the numbers can be followed. */
const WATCHABLE_RATE = 300;

await runProgram('demo', async () => {
  const options = parseOptions(process.argv);
  let live: Live | undefined;
  const tell = (line: string) => (live === undefined ? process.stderr.write(`${line}\n`) : live.tell(line));
  using shutdown = listenForShutdown(SHUTDOWN_SECONDS, tell);
  process.stdout.write('Starting PostgreSQL and SQS …\n');
  await using stack = await startStack();
  await using processor = new Child('processor/main.ts', [], stack.env, stack.folder);
  const { healthPort } = await processor.logged('ready');
  const startedMs = performance.now();
  const ledger = join(stack.folder, 'ledger.jsonl');
  await writeFile(ledger, ''); // the producers may be ended before they make it
  await using producers = new Child(
    'producers/main.ts',
    producersArgs(options, ledger),
    stack.env,
    stack.folder,
  );
  process.stdout.write(
    `Sending good, bad and repeated events for ${TENANTS.join(', ')}${options.events === undefined ? '; Ctrl-C to end' : ''}\n`,
  );
  {
    using counters = showLive(Number(healthPort));
    live = counters;
    await produce(producers, processor, shutdown);
    await drained(stack, processor, shutdown.stop);
  }
  live = undefined;
  const seconds = (performance.now() - startedMs) / 1000;
  const stopped = processor.logged('stopped');
  processor.signal('SIGTERM');
  const verdict = await judge(stack.pool, ledger, (await stopped) as unknown as BooksSnapshot, seconds);
  await processor.exited;
  // For programs: it is wider than most screens, and tells people nothing new.
  if (options.json || columnsOf() === undefined) process.stdout.write(`${JSON.stringify(verdict)}\n`);
  return verdict.balanced ? 0 : 1;
});

function producersArgs({ events, rate }: DemoOptions, ledger: string): string[] {
  const pace = rate ?? (events === undefined ? WATCHABLE_RATE : undefined);
  return [
    '--tenants',
    TENANTS.join(','),
    '--bad',
    '0.02',
    '--duplicates',
    '0.03',
    '--ledger',
    ledger,
    ...(events === undefined ? [] : ['--count', String(events)]),
    ...(pace === undefined ? [] : ['--rate', String(pace)]),
  ];
}

/** Until the producers are done, or Ctrl-C ends them. */
async function produce(producers: Child, processor: Child, { drain }: Shutdown): Promise<void> {
  drain.addEventListener('abort', () => producers.signal('SIGTERM'), { once: true });
  const crashed = processor.exited.then(() => {
    throw processor.failure();
  });
  const code = await Promise.race([producers.exited, crashed]);
  // Ctrl-C may come before they listen for signals: then SIGTERM ends them, and they have sent nothing.
  const neverBegan = code === null && drain.aborted;
  if (code !== 0 && !neverBegan) throw producers.failure();
}

/** Until the queue is empty, for the processor and for SQS. */
async function drained({ env }: Stack, processor: Child, stop: AbortSignal): Promise<void> {
  const client = openSqs({ region: env['AWS_REGION'], endpoint: env['AWS_ENDPOINT_URL'], maxSockets: 1 });
  process.env['AWS_ACCESS_KEY_ID'] ??= env['AWS_ACCESS_KEY_ID'];
  process.env['AWS_SECRET_ACCESS_KEY'] ??= env['AWS_SECRET_ACCESS_KEY'];
  let ended = false;
  void processor.exited.then(() => {
    ended = true;
  });
  try {
    const queue = await findQueue(client, { name: env['QUEUE_NAME'] ?? '' });
    if (queue === undefined) throw new ProgramError('the queue of the demo is gone');
    while (!stop.aborted) {
      if (ended) throw processor.failure();
      const { visible, inFlight, delayed } = await describeQueue(client, queue.url);
      if (visible + inFlight + delayed === 0) return;
      await sleep(50, stop);
    }
    throw new ProgramError('stopped before the queue was drained');
  } finally {
    client.destroy();
  }
}

import { type Readiness, readinessOf } from '#internal/daemon/health.ts';
import { type Metrics, openMetrics } from '#internal/daemon/metrics.ts';
import type { Shutdown } from '#internal/daemon/signals.ts';
import type { Books } from '#internal/processor/books.ts';
import { Processor } from '#internal/processor/processor.ts';
import { openPayloads } from '#internal/sqs/payloads.ts';
import { payloadsOf } from '#internal/sqs/variables.ts';
import type { Logger } from 'pino';
import type { ProcessorConfig } from './config.ts';
import { openDatabase } from './database.ts';
import { startHousekeeping } from './housekeeping.ts';
import type { Options } from './options.ts';
import { openInbox } from './queue.ts';
import { settingsOf } from './settings.ts';

/** What a running processor shows of itself. */
export interface Running {
  readonly books: Books;
  readonly metrics: Metrics;
  readonly readiness: () => Promise<Readiness>;
  /** Name of the queue. */
  readonly queue: string;
}

/** Where it is shown: on a port of its own, or to a supervisor. */
export interface Stage extends AsyncDisposable {
  /** Called at the end, also after an error. */
  stopped(running: Running): void | Promise<void>;
}

export interface RunParts {
  readonly config: ProcessorConfig;
  readonly options: Options;
  readonly log: Logger;
  readonly shutdown: Shutdown;
  /** Its number, where it is one of several. */
  readonly worker?: number;
}

/** Opens, wires, runs and closes one processor; returns the exit code. */
export async function runProcessor(
  { config, options, log, shutdown, worker }: RunParts,
  show: (running: Running) => Stage | Promise<Stage>,
): Promise<number> {
  await using database = await openDatabase(config, log, worker);
  using queue = await openInbox(config, log);
  using payloads = config.S3_POINTERS ? await openPayloads(payloadsOf(config)) : undefined;
  const metrics = openMetrics(() => ({
    books: processor.books,
    deleteFailures: processor.deleteFailures,
    rejectionsReplayed: housekeeping.replayed,
    health: processor.health,
  }));
  const processor = new Processor(
    {
      inbox: queue.inbox,
      store: database.store,
      log,
      telemetry: metrics,
      ...(payloads === undefined ? {} : { payloads }),
    },
    settingsOf(config, options),
  );
  const { drain } = shutdown;
  await using housekeeping = startHousekeeping({
    config,
    log,
    store: database.store,
    mappings: processor.mappings,
    payloads,
    drain,
  });
  const checks = {
    postgres: () => database.ping(),
    sqs: async () => {
      if (!processor.health.sqs) throw new Error('the last receive was not answered');
    },
    running: async () => {
      if (shutdown.drain.aborted) throw new Error('draining');
    },
  };
  const running: Running = {
    books: processor.books,
    metrics,
    readiness: () => readinessOf(checks),
    queue: queue.inbox.queue,
  };
  await processor.prepare(shutdown.drain);
  await using stage = await show(running);
  try {
    await processor.run(shutdown);
  } finally {
    await stage.stopped(running);
  }
  return processor.books.balanced ? 0 : 1;
}

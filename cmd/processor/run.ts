import type { Shutdown } from '#internal/daemon/signals.ts';
import { mayPass as databaseMayPass } from '#internal/postgres/errors.ts';
import { Books } from '#internal/processor/books.ts';
import { Processor } from '#internal/processor/processor.ts';
import { mayPass as queueMayPass } from '#internal/sqs/errors.ts';
import { openPayloads } from '#internal/sqs/payloads.ts';
import { payloadsOf } from '#internal/sqs/variables.ts';
import type { Logger } from 'pino';
import { type ProcessorConfig, settingsOf } from './config.ts';
import { type Database, openDatabase } from './database.ts';
import type { Face } from './face.ts';
import { startHousekeeping } from './housekeeping.ts';
import type { Options } from './options.ts';
import { type InboxConnection, openInbox } from './queue.ts';
import { openPatiently } from './start-wait.ts';
import { watchSurroundings } from './surroundings.ts';

/** Who shows the processor: a port of its own, or a supervisor. */
export interface Stage {
  /** All is open; it begins to receive. */
  ready(queue: string, books: Books): void;
  /** Called at the end, also after an error. */
  stopped(books: Books): void | Promise<void>;
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
export async function runProcessor(parts: RunParts, face: Face, stage: Stage): Promise<number> {
  const { config, log, shutdown, worker } = parts;
  const patience = { limitSeconds: config.START_WAIT_SECONDS, face, log, signal: shutdown.drain };
  const openingDatabase = () => openDatabase(config, log, worker);
  await using database = await openPatiently(
    { part: 'postgres', name: 'PostgreSQL', open: openingDatabase, mayPass: databaseMayPass },
    patience,
  );
  const openingQueue = () => openInbox(config, log);
  using queue =
    database &&
    (await openPatiently({ part: 'sqs', name: 'SQS', open: openingQueue, mayPass: queueMayPass }, patience));
  if (database !== undefined && queue !== undefined)
    return await runOpened(parts, { database, queue }, face, stage);
  await stage.stopped(new Books()); // it was told to end before it could begin
  return 0;
}

async function runOpened(
  { config, options, log, shutdown, worker }: RunParts,
  { database, queue }: { database: Database; queue: InboxConnection },
  face: Face,
  stage: Stage,
): Promise<number> {
  const { drain } = shutdown;
  using payloads = config.S3_POINTERS ? await openPayloads(payloadsOf(config)) : undefined;
  const processor = new Processor(
    {
      inbox: queue.inbox,
      store: database.store,
      log,
      telemetry: face.metrics,
      ...(payloads === undefined ? {} : { payloads }),
    },
    settingsOf(config, options),
  );
  await using housekeeping = startHousekeeping({
    config,
    log,
    store: database.store,
    mappings: processor.mappings,
    payloads,
    drain,
  });
  await processor.prepare(drain);
  using watch = watchSurroundings({ database, queue, looks: (worker ?? 1) === 1 }, log);
  face.runs(
    () => ({
      books: processor.books,
      deleteFailures: processor.deleteFailures,
      rejectionsReplayed: housekeeping.replayed,
      health: processor.health,
      oldestHeldSeconds: processor.oldestHeldSeconds,
      surroundings: watch.seen,
    }),
    {
      // A server that answers may refuse what matters: a full disk, a table or a partition that is missing.
      postgres: async () => {
        await database.ping();
        if (!processor.health.postgres) throw new Error('the last statement failed; the log says why');
      },
      sqs: async () => {
        if (!processor.health.sqs) throw new Error('the last receive was not answered');
      },
      running: async () => {
        if (drain.aborted) throw new Error('draining');
      },
    },
  );
  stage.ready(queue.inbox.queue, processor.books);
  try {
    await processor.run(shutdown);
  } finally {
    await stage.stopped(processor.books);
  }
  return processor.books.balanced ? 0 : 1;
}

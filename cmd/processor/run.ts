import { ProgramError } from '#internal/daemon/program.ts';
import type { Shutdown } from '#internal/daemon/signals.ts';
import { openPatiently } from '#internal/daemon/start-wait.ts';
import { startHousekeeping } from '#internal/housekeeping/start.ts';
import { type Database, openDatabase } from '#internal/operations/open-database.ts';
import { isMisconfigured as databaseRefuses, mayPass as databaseMayPass } from '#internal/postgres/errors.ts';
import { explainStoreError } from '#internal/postgres/explain.ts';
import { countOpenRejections } from '#internal/postgres/rejections/count-open.ts';
import { Books } from '#internal/processor/books.ts';
import { logProgress } from '#internal/processor/progress-line.ts';
import { Processor } from '#internal/processor/processor.ts';
import {
  explainSqsError,
  isMisconfigured as queueRefuses,
  mayPass as queueMayPass,
} from '#internal/sqs/errors.ts';
import { type InboxConnection, openInbox } from '#internal/sqs/open-inbox.ts';
import { openPayloads } from '#internal/sqs/payloads.ts';
import { payloadsOf, queueOf } from '#internal/sqs/variables.ts';
import { NO_WATCH, watchSurroundings } from '#internal/telemetry/watch-surroundings.ts';
import type { Logger } from 'pino';
import { databaseOf, housekeepingOf, settingsOf } from './config.ts';
import type { ProcessorConfig } from '#internal/programs/processor.ts';
import type { Face } from './face.ts';
import type { Options } from './options.ts';

/** Counting the open rejections of a reason stops here: more than that need attention anyway. */
const MOST_OPEN_REJECTIONS = 10_000;

/** Told how far the processor is: the process with a port of its own, or the supervisor. */
interface Stage {
  /** Everything is open; the processor starts to receive. */
  ready(queue: string, books: Books): void;
  /** Called at the end, also after an error. */
  stopped(books: Books): void | Promise<void>;
}

export interface RunParts {
  readonly config: ProcessorConfig;
  readonly options: Options;
  readonly log: Logger;
  readonly shutdown: Shutdown;
  /** The worker's number, if there are several. */
  readonly worker?: number;
}

/** Opens, wires, runs and closes one processor; returns the exit code. */
export async function runProcessor(parts: RunParts, face: Face, stage: Stage): Promise<number> {
  const { config, log, shutdown, worker } = parts;
  const patience = { limitSeconds: config.START_WAIT_SECONDS, page: face.page, log, signal: shutdown.drain };
  const postgres = {
    part: 'postgres',
    name: 'PostgreSQL',
    open: () => openDatabaseOf(config, log, worker),
    mayPass: databaseMayPass,
  };
  const sqs = { part: 'sqs', name: 'SQS', open: () => openQueueOf(config, log), mayPass: queueMayPass };
  await using database = await openPatiently(postgres, patience);
  using queue = database && (await openPatiently(sqs, patience));
  if (database !== undefined && queue !== undefined)
    return await runOpened(parts, { database, queue }, face, stage);
  await stage.stopped(new Books()); // told to end before it could start
  return 0;
}

async function openDatabaseOf(config: ProcessorConfig, log: Logger, worker?: number): Promise<Database> {
  try {
    return await openDatabase(databaseOf(config, worker), log.child({ component: 'postgres' }));
  } catch (error) {
    if (!databaseRefuses(error)) throw error;
    throw new ProgramError((error as Error).message, { exitCode: 2, cause: error });
  }
}

async function openQueueOf(config: ProcessorConfig, log: Logger): Promise<InboxConnection> {
  try {
    const opened = await openInbox({ ...queueOf(config), polls: config.POLLS });
    const queue = opened.inbox.queue;
    if (opened.created) log.info({ component: 'sqs', queue }, 'queue created, with its dead-letter queue');
    return opened;
  } catch (error) {
    if (!queueRefuses(error)) throw error;
    throw new ProgramError((error as Error).message, { exitCode: 2, cause: error });
  }
}

async function runOpened(
  { config, options, log, shutdown, worker }: RunParts,
  { database, queue }: { database: Database; queue: InboxConnection },
  face: Face,
  stage: Stage,
): Promise<number> {
  const { drain } = shutdown;
  using payloads = config.S3_POINTERS ? await openPayloads(payloadsOf(config)) : undefined;
  const bodies = payloads === undefined ? {} : { payloads };
  const { store, pool } = database;
  const pipelineLog = log.child({ component: 'pipeline' });
  const processor = new Processor(
    {
      inbox: queue.inbox,
      store,
      log: pipelineLog,
      telemetry: face.metrics,
      ...bodies,
    },
    settingsOf(config, options),
  );
  const { mappings } = processor;
  await using housekeeping = startHousekeeping(
    { pool, store, mappings, ...bodies, log: log.child({ component: 'housekeeping' }) },
    housekeepingOf(config),
    drain,
  );
  await processor.prepare(drain);
  const toAsk = {
    queue: () => queue.depth(),
    openRejections: () => countOpenRejections(pool, MOST_OPEN_REJECTIONS),
  };
  using watch =
    (worker ?? 1) === 1 ? watchSurroundings(toAsk, log.child({ component: 'metrics' })) : NO_WATCH;
  face.runs(
    () => ({
      books: processor.books,
      deleteFailures: processor.deleteFailures,
      rejectionsReplayed: housekeeping.replayed,
      health: processor.health,
      oldestHeldSeconds: processor.oldestHeldSeconds,
      surroundings: { ...watch.seen, partitionedUntil: housekeeping.partitionedUntil },
    }),
    {
      // Refused statements first: a server that answers a ping may be read-only, have a full disk, or lack a right or a table.
      postgres: async () => {
        const { storeProblem } = processor;
        if (storeProblem !== undefined)
          throw new Error(explainStoreError(storeProblem, config.DATABASE_URL), { cause: storeProblem });
        await database.ping();
      },
      sqs: async () => {
        const { queueProblem } = processor;
        if (queueProblem === undefined) return;
        const sentence = explainSqsError(queueProblem, { ...queueOf(config), queue: queue.inbox.queue });
        throw new Error(sentence, { cause: queueProblem });
      },
      running: async () => {
        if (drain.aborted) throw new Error('draining');
      },
    },
  );
  using _progress = logProgress(processor, pipelineLog, config.LOG_INTERVAL_SECONDS);
  stage.ready(queue.inbox.queue, processor.books);
  try {
    await processor.run(shutdown);
  } finally {
    await stage.stopped(processor.books);
  }
  return processor.books.balanced ? 0 : 1;
}

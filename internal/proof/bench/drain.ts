import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { type Contender, PROCESSOR, Run } from './contender.ts';
import type { BenchDatabase } from './databases.ts';
import { goodEvents, type LoadSpec } from './load.ts';
import type { FilledQueue, QueueServer } from './queues.ts';

const LOOK_MS = 10;
const DEADLINE_MS = 300_000;

/** The result of one run. */
export interface DrainResult {
  readonly events: number;
  /** From the moment the program is ready to receive until the last commit. */
  readonly seconds: number;
  readonly eventsPerSecond: number;
  /** CPU time of the consumer alone, without start-up, per 10,000 events. */
  readonly cpuSecondsPer10k: number;
  readonly peakMegabytes: number;
}

interface DrainSpec {
  readonly contender: Contender;
  readonly load: LoadSpec;
  /** All events are in the database already and must turn out to be duplicates. */
  readonly allDuplicates?: boolean;
}

/** Fills a queue, runs the contender until it is empty, and checks the rows. */
export async function drain(
  server: QueueServer,
  database: BenchDatabase,
  { contender, load, allDuplicates = false }: DrainSpec,
): Promise<DrainResult> {
  if (allDuplicates) await runUntilEmpty(server, database, { contender, load });
  const before = await rows(database.pool, contender);
  const result = await runUntilEmpty(server, database, { contender, load }, allDuplicates);
  const stored = (await rows(database.pool, contender)) - before;
  const expected = allDuplicates ? 0 : goodEvents(load);
  if (stored !== expected) {
    throw new Error(
      `${contender.name} stored ${stored} rows instead of ${expected}: its results are invalid`,
    );
  }
  if (contender.table === 'message') await checkRejections(database.pool, load);
  return result;
}

async function runUntilEmpty(
  server: QueueServer,
  database: BenchDatabase,
  { contender, load }: DrainSpec,
  byTheQueue = false,
): Promise<DrainResult> {
  const queue = await server.filled(load);
  await database.pool.query('checkpoint');
  await using run = new Run(contender, environment(server, queue, database));
  await run.ready();
  const startMs = Date.now();
  const atStart = await run.usage();
  await emptied(queue, run);
  const emptiedMs = Date.now();
  const atEnd = await run.usage();
  const endMs = byTheQueue ? emptiedMs : await lastCommitMs(database.pool, contender);
  const seconds = (endMs - startMs) / 1000;
  return {
    events: load.events,
    seconds,
    eventsPerSecond: load.events / seconds,
    cpuSecondsPer10k: ((atEnd.cpuSeconds - atStart.cpuSeconds) / load.events) * 10_000,
    peakMegabytes: atEnd.peakMegabytes,
  };
}

export function environment(
  server: QueueServer,
  queue: FilledQueue,
  database: BenchDatabase,
): Record<string, string> {
  return {
    DATABASE_URL: database.url,
    AWS_ENDPOINT_URL: server.endpoint,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'bench',
    AWS_SECRET_ACCESS_KEY: 'bench',
    QUEUE_NAME: queue.name,
  };
}

export async function emptied(queue: FilledQueue, run: Run): Promise<void> {
  const deadlineMs = performance.now() + DEADLINE_MS;
  while ((await queue.remaining()) > 0) {
    if (performance.now() > deadlineMs) throw run.failure('did not empty the queue in time');
    await sleep(LOOK_MS);
  }
}

async function lastCommitMs(pool: pg.Pool, { table }: Contender): Promise<number> {
  const { rows } = await pool.query<{ ms: string }>(
    `select extract(epoch from max(pg_xact_commit_timestamp(xmin))) * 1000 as ms from ${table}`,
  );
  return Number(rows[0]?.ms);
}

async function rows(pool: pg.Pool, { table }: Contender): Promise<number> {
  const { rows } = await pool.query<{ count: string }>(`select count(*) from ${table}`);
  return Number(rows[0]?.count);
}

async function checkRejections(pool: pg.Pool, load: LoadSpec): Promise<void> {
  const { rows } = await pool.query<{ count: string }>(
    `select count(*) from rejection where reason = 'unknown_client'`,
  );
  const expected = load.events - goodEvents(load);
  const found = Number(rows[0]?.count);
  if (found < expected) throw new Error(`${PROCESSOR.name} kept ${found} rejections instead of ${expected}`);
}

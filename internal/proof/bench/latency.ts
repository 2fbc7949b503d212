import { setTimeout as sleep } from 'node:timers/promises';
import { openTransport } from '#internal/sqs/transport/open.ts';
import { receiveOnce } from './calls.ts';
import { BASELINES, type Contender, PROCESSOR, Run } from './contender.ts';
import type { BenchDatabase } from './databases.ts';
import { emptied, environment } from './drain.ts';
import { median, percentile } from './figures.ts';
import { eventText, PLAIN_LOAD } from './load.ts';
import type { FilledQueue, QueueServer } from './queues.ts';

/** Milliseconds from just before the send until the commit, as PostgreSQL recorded it. */
export interface Latency {
  readonly events: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface IdleLatency {
  readonly latency: Latency;
  /** Lower bound: the median of an empty receive plus the median of a commit of one row. */
  readonly floorMs: number;
}

/** Below the rate of the slowest contender, so that no queue builds up. */
const RATE_PER_SECOND = 100;
const PACED_EVENTS = 2_000;
const IDLE_EVENTS = 300;
const IDLE_PAUSE_MS = 50;
const FLOOR_LOOKS = 100;

export const PACED: readonly Contender[] = [...Object.values(BASELINES), PROCESSOR];

/** Sends single events at a steady rate to a running contender. */
export async function measurePaced(
  server: QueueServer,
  database: BenchDatabase,
  contender: Contender,
  scale: number,
): Promise<Latency> {
  return measure(server, database, contender, Math.ceil(PACED_EVENTS * scale), async (send, n, startMs) => {
    const dueMs = startMs + (n * 1000) / RATE_PER_SECOND;
    await sleep(Math.max(0, dueMs - Date.now()));
    void send();
  });
}

/** Sends single events to an idle processor, each after the previous one is committed. */
export async function measureIdle(
  server: QueueServer,
  database: BenchDatabase,
  scale: number,
): Promise<IdleLatency> {
  const floorMs = await floor(server, database);
  const events = Math.ceil(IDLE_EVENTS * scale);
  const latency = await measure(
    server,
    database,
    PROCESSOR,
    events,
    async (send, _n, _startMs, queue, run) => {
      await send();
      await emptied(queue, run);
      await sleep(IDLE_PAUSE_MS);
    },
  );
  return { latency, floorMs };
}

type Step = (
  send: () => Promise<void>,
  n: number,
  startMs: number,
  queue: FilledQueue,
  run: Run,
) => Promise<void>;

async function measure(
  server: QueueServer,
  database: BenchDatabase,
  contender: Contender,
  events: number,
  step: Step,
): Promise<Latency> {
  const queue = await server.filled({ ...PLAIN_LOAD, events: 0 });
  await using run = new Run(contender, environment(server, queue, database));
  await run.ready();
  const sentMs = new Map<string, number>();
  const sending: Promise<void>[] = [];
  const startMs = Date.now();
  for (let n = 0; n < events; n += 1) {
    const send = () => {
      const body = eventText(PLAIN_LOAD, n);
      sentMs.set((JSON.parse(body) as { event_id: string }).event_id, Date.now());
      const sent = queue.send(body);
      sending.push(sent);
      return sent;
    };
    await step(send, n, startMs, queue, run);
  }
  await Promise.all(sending);
  await emptied(queue, run);
  return latencyOf(sentMs, await commitTimes(database, contender, [...sentMs.keys()]));
}

async function commitTimes(
  { pool }: BenchDatabase,
  { table }: Contender,
  ids: readonly string[],
): Promise<{ id: string; ms: number }[]> {
  const { rows } = await pool.query<{ id: string; ms: number }>(
    `select event_id as id, (extract(epoch from pg_xact_commit_timestamp(xmin)) * 1000)::float8 as ms
       from ${table} where source = 'bench' and event_id = any ($1)`,
    [ids],
  );
  return rows;
}

function latencyOf(
  sentMs: ReadonlyMap<string, number>,
  committed: readonly { id: string; ms: number }[],
): Latency {
  if (committed.length !== sentMs.size)
    throw new Error(`${committed.length} of ${sentMs.size} events are in the database`);
  const latencies = committed.map(({ id, ms }) => ms - (sentMs.get(id) as number));
  return { events: committed.length, p50Ms: median(latencies), p99Ms: percentile(latencies, 0.99) };
}

async function floor(server: QueueServer, { pool }: BenchDatabase): Promise<number> {
  const queue = await server.filled({ ...PLAIN_LOAD, events: 0 });
  const transport = await openTransport(queue.url, {
    region: 'us-east-1',
    endpoint: server.endpoint,
    maxSockets: 1,
  });
  await pool.query('create table floor (n integer)');
  const looks: { receive: number; commit: number }[] = [];
  for (let n = 0; n < FLOOR_LOOKS; n += 1) {
    const receive = await timed(() => receiveOnce(transport, queue.url));
    const commit = await timed(() => pool.query('insert into floor values ($1)', [n]));
    looks.push({ receive, commit });
  }
  transport.close();
  return median(looks.map(({ receive }) => receive)) + median(looks.map(({ commit }) => commit));
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await work();
  return performance.now() - startMs;
}

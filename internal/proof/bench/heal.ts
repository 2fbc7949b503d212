import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { PROCESSOR, Run } from './contender.ts';
import type { BenchDatabase, Databases } from './databases.ts';
import { emptied, environment } from './drain.ts';
import { markdownTable, whole } from './figures.ts';
import { PLAIN_LOAD } from './load.ts';
import type { HealOptions } from './options.ts';
import { showSteps, type Steps } from './progress.ts';
import { type QueueServer, startQueueServer } from './queues.ts';
import { type Latencies, latenciesOf, SteadyTraffic } from './steady-traffic.ts';

const LOOK_MS = 250;
const DEADLINE_MS = 3_600_000;
/** Duration of live traffic before the registration, for comparison. */
const CALM_MS = 10_000;
const FILL_AT_ONCE = 250_000;

interface HealResult {
  readonly rejections: number;
  /** From the commit of the registration until the last replay. */
  readonly seconds: number;
  readonly perSecond: number;
  /** Latencies of live events sent before the registration, and of those sent during the replay. */
  readonly calm?: Latencies;
  readonly healing?: Latencies;
  readonly cpuSecondsPer10k: number;
}

/**
 * Fills a database with open rejections of one client, registers the client, and waits until all events are
 * stored, under live traffic.
 */
export async function heal(
  databases: Databases,
  options: HealOptions,
): Promise<{ markdown: string; results: object }> {
  await using server = await startQueueServer('stub');
  using steps = showSteps(options.rejections.length * 2);
  const results: HealResult[] = [];
  for (const rejections of options.rejections) {
    await using database = await databases.create();
    results.push(await healOnce(server, database, { ...options, rejections }, steps));
  }
  return { markdown: markdown(results, options), results: { options, results } };
}

type Case = Omit<HealOptions, 'rejections'> & { readonly rejections: number };

async function healOnce(
  server: QueueServer,
  database: BenchDatabase,
  { rejections, strangers, live }: Case,
  steps: Steps,
): Promise<HealResult> {
  const { pool } = database;
  steps.next(`writing ${whole(rejections)} rejections`);
  await fill(pool, rejections, `'late'`, (written) => steps.say(`${whole(written)} rejections written`));
  await fill(pool, strangers, `'stranger-' || md5(i::text)`, () => {});
  await pool.query('vacuum analyze rejection');
  await pool.query('checkpoint');
  const queue = await server.filled({ ...PLAIN_LOAD, events: 0 });
  await using run = new Run(PROCESSOR, environment(server, queue, database));
  await run.ready();
  steps.next(`healing ${whole(rejections)} rejections`);
  const traffic = new SteadyTraffic(queue, live);
  const sending = traffic.run();
  await sleep(CALM_MS);
  const before = await run.usage();
  const registeredMs = await register(pool);
  await healed(pool, rejections, run, (done) => steps.say(`${whole(done)} rejections healed`));
  const healedMs = Date.now();
  const after = await run.usage();
  traffic.stop();
  await sending;
  await emptied(queue, run);
  await check(pool, rejections, traffic.sentMs.size);
  const latencies = await latenciesOf(pool, traffic.sentMs, registeredMs, healedMs);
  const seconds = (healedMs - registeredMs) / 1000;
  const events = rejections + seconds * live;
  return {
    rejections,
    seconds,
    perSecond: rejections / seconds,
    ...latencies,
    cpuSecondsPer10k: ((after.cpuSeconds - before.cpuSeconds) / events) * 10_000,
  };
}

async function fill(
  pool: pg.Pool,
  rejections: number,
  client: string,
  written: (rejections: number) => void,
): Promise<void> {
  for (let from = 1; from <= rejections; from += FILL_AT_ONCE) {
    const until = Math.min(rejections, from + FILL_AT_ONCE - 1);
    await pool.query(
      `insert into rejection (queue, sqs_message_id, reason, detail, tenant_id, client_id, event_type, source, event_id,
                              body, attributes, receive_count, received_at)
       select 'events', gen_random_uuid()::text, 'unknown_client',
              'client "' || client || '" is not registered in tenant "default"', 'default', client, 'user-app', 'shop', id,
              convert_to('{"event_type":"user-app","client_id":"' || client || '","source":"shop","event_id":"' || id
                         || '","message":{"order":' || i || ',"amount":12.5,"note":"' || md5(i::text) || '"}}', 'UTF8'),
              '{"SenderId":"000000000000","SentTimestamp":"1795795131000","ApproximateReceiveCount":"1"}', 1, now()
         from (select i, ${client} as client, ${client} || '-' || i as id from generate_series(${from}, ${until}) i) r`,
    );
    written(until);
  }
}

/** Registers the client with SQL, as an operator would. Returns the time of the commit. */
async function register(pool: pg.Pool): Promise<number> {
  await pool.query(`insert into client (tenant_id, id) values ('default', 'late')`);
  return Date.now();
}

async function healed(
  pool: pg.Pool,
  rejections: number,
  run: Run,
  tell: (done: number) => void,
): Promise<void> {
  const deadlineMs = performance.now() + DEADLINE_MS;
  for (;;) {
    const { rows } = await pool.query<{ after: string | null; left: boolean }>(
      `select (select max(after_id)::text from healing where client_id = 'late') as after,
              (select true from rejection where tenant_id = 'default' and client_id = 'late' and event_type = 'user-app'
                  and state = 'open' and reason in ('unknown_tenant', 'unknown_client', 'unknown_event_type')
                  and id > coalesce((select max(after_id) from healing where client_id = 'late'), 0) limit 1) as left`,
    );
    tell(Math.min(rejections, Number(rows[0]?.after ?? 0)));
    if (rows[0]?.left !== true) {
      const open = await pool.query(
        `select from rejection where state = 'open' and client_id = 'late' limit 1`,
      );
      if (open.rowCount === 0) return;
    }
    if (performance.now() > deadlineMs) throw run.failure('did not heal in time');
    await sleep(LOOK_MS);
  }
}

async function check(pool: pg.Pool, rejections: number, live: number): Promise<void> {
  const { rows } = await pool.query<{ source: string; n: string }>(
    'select source, count(*) as n from message group by source',
  );
  const stored = new Map(rows.map(({ source, n }) => [source, Number(n)]));
  if (stored.get('shop') !== rejections || (stored.get('bench') ?? 0) !== live) {
    throw new Error(`of ${rejections} rejections and ${live} live events there are ${JSON.stringify(rows)}`);
  }
}

function markdown(results: readonly HealResult[], { strangers, live }: HealOptions): string {
  const ms = (latencies: Latencies | undefined, key: keyof Latencies) =>
    latencies === undefined ? '–' : latencies[key].toFixed(1);
  const rows = results.map(({ rejections, seconds, perSecond, calm, healing, cpuSecondsPer10k }) => [
    whole(rejections),
    seconds.toFixed(1),
    whole(perSecond),
    ms(calm, 'p99Ms'),
    ms(healing, 'p50Ms'),
    ms(healing, 'p99Ms'),
    cpuSecondsPer10k.toFixed(2),
  ]);
  const head = [
    'open rejections',
    'seconds',
    'rows/s',
    'live p99 before, ms',
    'live p50, ms',
    'live p99, ms',
    'CPU s per 10,000',
  ];
  const others =
    strangers === 0 ? '' : `, with ${whole(strangers)} more rejections of different unknown names`;
  return `From the registration of their client to the last replay${others}; ${whole(live)} live events/s meanwhile.\n\n${markdownTable(head, rows)}`;
}

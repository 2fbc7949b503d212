import { Run } from '../contender.ts';
import type { BenchDatabase } from '../databases.ts';
import { addEndpoints, storeBacklog } from './backlog.ts';
import { type Figures, type Lab, startSender, within } from './lab.ts';
import { PostgresCpu } from './postgres-cpu.ts';

/** Deliveries at the beginning that are not measured: programs warm up, and endpoints are given more and more at once. */
const WARM_UP = 0.2;
/** What an endpoint may have in flight, unless it is set. */
const CONCURRENCY = 16;

export interface Backlog {
  readonly name: string;
  readonly endpoints: number;
  readonly messages: number;
  readonly tls: boolean;
}

/** Stores the backlog, in a database of which every round measures a copy. */
export async function prepareBacklog(
  lab: Lab,
  { name, endpoints, messages, tls }: Backlog,
): Promise<BenchDatabase> {
  const database = await lab.databases.create();
  const { receiver } = lab;
  await addEndpoints(
    database.pool,
    Array.from({ length: endpoints }, (_, i) => ({
      url: tls ? receiver.tlsUrl(name) : receiver.url(name, i, i),
    })),
  );
  await storeBacklog(database.pool, { messages, endpoints });
  return database;
}

/** Measures the sender while it delivers a backlog, from the moment it is warm until the last message has arrived. */
export async function measureBacklog(
  lab: Lab,
  prepared: BenchDatabase,
  { name, messages }: Backlog,
): Promise<Figures> {
  const { receiver, databases } = lab;
  await using database = await databases.create(prepared);
  const postgres = await PostgresCpu.of(database.pool);
  await receiver.forget();
  const figures = await measured(
    lab,
    { name, messages },
    {
      start: () => startSender(lab, database),
      postgresSeconds: () => postgres.seconds(),
    },
  );
  const { rows } = await database.pool.query<{ facts: string }>(
    `select count(*) as facts from attempt where outcome = 'delivered'`,
  );
  const { requests } = await receiver.state(name);
  if (Number(rows[0]?.facts) !== requests)
    throw new Error(
      `${name}: ${rows[0]?.facts} attempts are written down of ${requests}: its results are invalid`,
    );
  return figures;
}

/** The limit: a loop that signs and posts, and does nothing else. */
export async function measureBareLoop(
  lab: Lab,
  { name, messages, tls }: Omit<Backlog, 'endpoints'>,
): Promise<Figures> {
  const { receiver } = lab;
  await receiver.forget();
  const contender = {
    name: 'bare loop',
    program: 'internal/proof/bench/deliver/bare-loop.ts',
    args: [tls ? receiver.tlsUrl(name) : receiver.url(name, 0), String(messages), String(CONCURRENCY)],
    env: tls ? { CA: receiver.certificate } : {},
    table: 'message',
  } as const;
  return measured(
    lab,
    { name, messages },
    {
      start: async () => new Run(contender, {}),
      postgresSeconds: () => 0,
    },
  );
}

interface Measured {
  readonly start: () => Promise<Run>;
  readonly postgresSeconds: () => number;
}

async function measured(
  { receiver }: Lab,
  { name, messages }: Pick<Backlog, 'name' | 'messages'>,
  { start, postgresSeconds }: Measured,
): Promise<Figures> {
  const cold = Math.ceil(messages * WARM_UP);
  const [warm, done] = await receiver.watch(name, [cold, messages]);
  await using run = await start();
  const at = async (moment: typeof warm) => {
    const { atMs } = await within(moment as NonNullable<typeof warm>, messages, run);
    const { cpuSeconds, peakMegabytes } = await run.usage();
    return { atMs, cpuSeconds, peakMegabytes, postgresSeconds: postgresSeconds() };
  };
  const first = await at(warm);
  const last = await at(done);
  const counted = messages - cold;
  const per10k = (seconds: number) => (seconds / counted) * 10_000;
  return {
    [`${name}.rate`]: (counted / (last.atMs - first.atMs)) * 1000,
    [`${name}.cpu`]: per10k(last.cpuSeconds - first.cpuSeconds),
    [`${name}.postgres`]: per10k(last.postgresSeconds - first.postgresSeconds),
    [`${name}.megabytes`]: last.peakMegabytes,
    [`${name}.connections`]: await receiver.connections(),
  };
}

import { join } from 'node:path';
import type pg from 'pg';
import { MAX_IN_FLIGHT } from './books.ts';
import type { BooksSnapshot } from '#internal/processor/books.ts';
import { openPool } from '#internal/postgres/pool.ts';
import { createQueue } from '#internal/sqs/queue.ts';
import { ChildProgram } from '../../embedded/program.ts';
import type { Random } from '../../load/random.ts';
import { readCounters } from '../../load/counters.ts';
import { openDeliveries } from './deliveries/deliveries.ts';
import type { Fault, Site } from './fault.ts';
import { Fleet } from './fleet.ts';
import { planLoad } from './load.ts';
import type { LoadPlan } from './oracle.ts';
import { PostgresProxy } from './postgres-proxy.ts';
import { SqsProxy } from './sqs-proxy.ts';
import { registerTenants, type Stack, TENANTS } from './stack.ts';

/** The processor's minimum: SQS soon redelivers what a killed processor held. */
const VISIBILITY_SECONDS = 5;

const MAX_RECEIVE_COUNT = 10;

interface SiteParts {
  readonly stack: Stack;
  /** Name of the database and the queue. */
  readonly name: string;
  readonly faults: readonly Fault[];
  /** Whether senders deliver what is stored. */
  readonly delivers: boolean;
  readonly events: number;
  readonly random: Random;
  readonly tablespace?: string;
}

/** The resources of one round: database, queue, proxies, and processors that are not started yet. */
export interface OwnSite extends Site, AsyncDisposable {
  /** The load of each wave. A fault that strikes between loads has a second wave. */
  readonly waves: readonly (readonly LoadPlan[])[];
  readonly deadLetterName: string;
  /** Environment variables of the producers. */
  readonly environment: Readonly<Record<string, string>>;
}

export async function openSite(parts: SiteParts): Promise<OwnSite> {
  const { stack, name, faults, tablespace } = parts;
  await using own = new AsyncDisposableStack();
  const empty = faults.some(({ emptyDatabase }) => emptyDatabase === true);
  const databaseUrl = await stack.createDatabase(name, {
    empty,
    ...(tablespace === undefined ? {} : { tablespace }),
  });
  own.defer(() => stack.dropDatabase(name));
  const pool = openPool(databaseUrl, { max: 3, applicationName: 'chaos' });
  own.defer(() => pool.end());
  const postgresProxy = own.use(await PostgresProxy.start(databaseUrl));
  const sqsProxy = own.use(await SqsProxy.start(stack.sqs.endpoint));
  const deadLetterName = `${name}-dead-letter`;
  const maxReceiveCount = Math.max(...faults.map((fault) => fault.maxReceiveCount ?? MAX_RECEIVE_COUNT));
  const createQueues = () =>
    createQueue(stack.client, {
      name,
      deadLetterName,
      maxReceiveCount,
      visibilityTimeoutSeconds: VISIBILITY_SECONDS,
    });
  const queue = await createQueues();
  const waves = planWaves(parts);
  const late = new Set(faults.flatMap(({ lateTenants = [] }) => lateTenants));
  const tenants = new Set(waves.flat().flatMap((plan) => plan.tenants)).difference(late);
  if (!empty) await registerTenants(pool, [...tenants]);
  const environment = {
    ...stack.credentials,
    AWS_ENDPOINT_URL: sqsProxy.endpoint,
    QUEUE_NAME: name,
    LOG_LEVEL: 'info',
  };
  const processorEnvironment = { ...environment, ...environmentOf(faults, postgresProxy.url) };
  const { folder } = stack;
  const spawn = () =>
    new ChildProgram({ path: 'cmd/processor/main.ts', name: 'processor', env: processorEnvironment, folder });
  const inFlightOf = async (healthPort: number) => (await readCounters(healthPort)).inFlight;
  const processors = own.use(new Fleet<BooksSnapshot>({ name: 'processor', spawn, inFlightOf }));
  const deliveries = parts.delivers ? own.use(await openFor(parts, databaseUrl, pool)) : undefined;
  const resources = own.move();
  return {
    stack,
    postgresProxy,
    sqsProxy,
    processors,
    deliveries,
    waves,
    plans: waves.flat(),
    databaseUrl,
    pool,
    queue,
    deadLetterName,
    environment,
    createQueues: async () => void (await createQueues()),
    async run(program, args) {
      const env = { ...environment, DATABASE_URL: databaseUrl };
      await using child = new ChildProgram({ path: program, name: program, args, env, folder });
      return (await child.exited).code;
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

function openFor({ stack, faults }: SiteParts, databaseUrl: string, pool: pg.Pool) {
  return openDeliveries({
    pool,
    databaseUrl,
    folder: stack.folder,
    tenants: TENANTS,
    anyTime: faults.some(({ anyTime }) => anyTime === true),
    environmentOf: (nth) =>
      Object.assign({}, ...faults.map(({ senderEnvironment }) => senderEnvironment?.(nth) ?? {})),
    databaseParameters: Object.assign(
      {},
      ...faults.map(({ senderDatabaseParameters = {} }) => senderDatabaseParameters),
    ),
  });
}

function planWaves({ stack, name, faults, events, random }: SiteParts): (readonly LoadPlan[])[] {
  const late = faults.flatMap(({ lateTenants = [] }) => lateTenants);
  const between = faults.some((fault) => fault.between === true);
  const tenants = [...TENANTS, ...late] as [string, ...string[]];
  const settings = {
    tenants,
    events: between ? Math.ceil(events / 2) : events,
    ledger: join(stack.folder, name),
  };
  const change = faults.find(({ load }) => load !== undefined)?.load ?? ((plans) => plans);
  return (between ? [0, 1] : [0]).map((wave) => change(planLoad(settings, wave, random)));
}

function environmentOf(faults: readonly Fault[], databaseUrl: string): Record<string, string> {
  const url = new URL(databaseUrl);
  for (const { databaseParameters = {} } of faults)
    for (const [name, value] of Object.entries(databaseParameters)) url.searchParams.set(name, value);
  return {
    DATABASE_URL: url.href,
    VISIBILITY_TIMEOUT_SECONDS: String(VISIBILITY_SECONDS),
    MAX_IN_FLIGHT: String(MAX_IN_FLIGHT),
    RECEIVE_WAIT_SECONDS: '2',
    REPLAY_INTERVAL_SECONDS: '1',
    SHUTDOWN_TIMEOUT_SECONDS: '20',
    HEALTH_PORT: '0',
    ...Object.assign({}, ...faults.map(({ environment = {} }) => environment)),
  };
}

import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type pg from 'pg';
import { mintUuid7 } from '../../event/uuid7.ts';
import { textArray, uuidArray } from '../../postgres/binary-arrays.ts';
import { STORE_STATEMENT } from '../../postgres/store-statement.ts';
import type { BenchDatabase, Databases } from './databases.ts';
import { markdownTable, median } from './figures.ts';
import { tenantName } from './load.ts';
import type { LanesOptions } from './options.ts';
import { showSteps } from './progress.ts';

/** Batches of one round, so that a measurement is longer than the clock's resolution. */
const BATCHES = 10;
const WARM_UP_ROUNDS = 3;
const LOCK_TIMEOUT_MS = '1000';
const CLIENTS_OF_TENANT = 3;

/** Sizes of batches, and how many clients their messages are for. */
const SHAPES = [
  { events: 500, clients: 3 },
  { events: 50, clients: 3 },
  { events: 10, clients: 3 },
  { events: 500, clients: 500 },
] as const;
type Shape = (typeof SHAPES)[number];

const KINDS = ['without lanes', 'no endpoint', 'an endpoint for each client'] as const;
type Kind = (typeof KINDS)[number];

interface Subject {
  readonly kind: Kind;
  readonly statement: string;
  readonly client: pg.PoolClient;
  readonly pid: number;
  readonly cpuSeconds: number[];
  readonly walBytes: number[];
}

interface Costs {
  readonly kind: Kind;
  readonly cpuSecondsPer10k: number;
  readonly walBytesPerEvent: number;
}

/** Measures what PostgreSQL spends on storing with lanes and without: the kinds take turns, each in a database of its own. */
export async function lanes(
  databases: Databases,
  { rounds }: LanesOptions,
): Promise<{ markdown: string; results: object }> {
  using steps = showSteps(SHAPES.length);
  const results: (Shape & { readonly costs: readonly Costs[] })[] = [];
  for (const shape of SHAPES) {
    steps.next(`batches of ${shape.events} for ${shape.clients} clients`);
    results.push({ ...shape, costs: await costsOf(databases, shape, rounds) });
  }
  return { markdown: markdown(results), results: { rounds, results } };
}

async function costsOf(databases: Databases, shape: Shape, rounds: number): Promise<readonly Costs[]> {
  await using stack = new AsyncDisposableStack();
  const subjects: Subject[] = [];
  for (const kind of KINDS) {
    const database = stack.use(await databases.create());
    const subject = await subjectOf(database, kind);
    stack.defer(() => subject.client.release());
    subjects.push(subject);
  }
  for (let round = 0; round < WARM_UP_ROUNDS + rounds; round += 1)
    for (const subject of subjects) await storeBatches(subject, shape, round >= WARM_UP_ROUNDS);
  const events = BATCHES * shape.events;
  return subjects.map(({ kind, cpuSeconds, walBytes }) => ({
    kind,
    cpuSecondsPer10k: (median(cpuSeconds) / events) * 10_000,
    walBytesPerEvent: median(walBytes) / events,
  }));
}

async function subjectOf({ pool }: BenchDatabase, kind: Kind): Promise<Subject> {
  if (kind === 'an endpoint for each client') {
    await pool.query('update client set has_endpoint = true');
    await pool.query('vacuum (analyze) client');
  }
  const client = await pool.connect();
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  const statement = kind === 'without lanes' ? withoutLanes(STORE_STATEMENT) : STORE_STATEMENT;
  return { kind, statement, client, pid: rows[0]?.pid as number, cpuSeconds: [], walBytes: [] };
}

/** The statement that stores messages as it would be if there were no lanes. */
export function withoutLanes(statement: string): string {
  const cut = statement
    .replace(/, pg_advisory_xact_lock_shared\(\d+\)/, '')
    .replace(' c.has_endpoint,', '')
    .replace(/, fed as \(.*?\n\), outcome as/s, ', outcome as');
  const left = /lane|advisory|has_endpoint|fed/.exec(cut);
  if (left !== null || !cut.includes('), outcome as'))
    throw new Error(`the lanes could not be cut out of the statement: ${left?.[0] ?? 'outcome'}`);
  return cut;
}

async function storeBatches(subject: Subject, shape: Shape, counts: boolean): Promise<void> {
  const { statement, client, pid } = subject;
  const batches = Array.from({ length: BATCHES }, () => batchOf(shape));
  const position = async () =>
    Number(
      (await client.query<{ bytes: string }>(`select pg_current_wal_insert_lsn() - '0/0' as bytes`)).rows[0]
        ?.bytes,
    );
  const walBefore = await position();
  const cpuBefore = cpuSecondsOf(pid);
  for (const values of batches) {
    const { rows } = await client.query<{ stored: number }>({ name: 'store', text: statement, values });
    if (rows[0]?.stored !== shape.events)
      throw new Error(`${rows[0]?.stored} of ${shape.events} events were stored`);
  }
  const cpuSeconds = cpuSecondsOf(pid) - cpuBefore;
  const walBytes = (await position()) - walBefore;
  if (!counts) return;
  subject.cpuSeconds.push(cpuSeconds);
  subject.walBytes.push(walBytes);
}

/** The parameters of the statement; every event is new. */
function batchOf({ events, clients }: Shape): unknown[] {
  const ids = Array.from({ length: events }, () => mintUuid7());
  const uuids = () => uuidArray(ids.map(() => randomUUID()));
  const all = (value: string | null) => textArray(ids.map(() => value));
  const each = (of: (n: number) => string) => textArray(ids.map((_, n) => of(n % clients)));
  const now = new Date().toISOString();
  return [
    uuidArray(ids),
    uuids(), // keys
    uuids(), // fingerprints
    all('0'), // versions of schemas
    each((n) => tenantName(Math.floor(n / CLIENTS_OF_TENANT))),
    each((n) => `client-${(n % CLIENTS_OF_TENANT) + 1}`),
    all('user-app'),
    all('bench'),
    textArray(ids), // event ids
    all(JSON.stringify({ note: 'x'.repeat(250), amount: 1 })),
    all(null), // payload_encoding
    all(null), // content_type
    all(null), // occurred_at
    all(now), // received_at
    all(null), // traceparent
    all(null), // attributes
    all(null), // sqs_attributes
    all(null), // deliver_after
    LOCK_TIMEOUT_MS,
  ];
}

/** Time on a CPU, in nanoseconds: /proc/<pid>/schedstat, first number. Linux only. */
function cpuSecondsOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e9;
}

function markdown(results: readonly (Shape & { readonly costs: readonly Costs[] })[]): string {
  const rows = results.flatMap(({ events, clients, costs }) =>
    costs.map(({ kind, cpuSecondsPer10k, walBytesPerEvent }) => {
      const [base] = costs;
      const more = cpuSecondsPer10k / (base?.cpuSecondsPer10k ?? Number.NaN) - 1;
      return [
        String(events),
        String(clients),
        kind,
        cpuSecondsPer10k.toFixed(3),
        `${more < 0 ? '-' : '+'}${Math.abs(more * 100).toFixed(1)} %`,
        walBytesPerEvent.toFixed(0),
      ];
    }),
  );
  const head = [
    'events a batch',
    'of clients',
    'lanes',
    'CPU s per 10,000 events',
    'more CPU',
    'WAL bytes per event',
  ];
  return `What a session of PostgreSQL spends on storing, medians.\n\n${markdownTable(head, rows)}`;
}

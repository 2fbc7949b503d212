import pg from 'pg';
import { eventKey } from '#internal/event/identity.ts';
import { sleep } from '#internal/waiting/sleep.ts';
import { until } from '#internal/proof/kit/until.ts';
import { EventGenerator } from '../../../load/generator.ts';
import type { Fault, Site } from '../fault.ts';
import { strikes } from './striking.ts';

const DEADLOCK_DETECTED = '40P01';
/** The rival locks this many keys. By the time a batch reaches one of them, it holds smaller keys. */
const HELD = 3;

interface Key {
  readonly tenant: string;
  readonly key: string;
}

/**
 * Another transaction inserts identities in the opposite order. It takes the last few upcoming keys; once a
 * batch waits for one of them, it goes through the earlier keys, which the batch holds.
 */
export const deadlock: Fault = {
  name: 'deadlock',
  what: 'another transaction locks the identities of upcoming events in the opposite order',
  async inject(site, signal) {
    const before = await deadlocksOf(site);
    const struck = await strikes(3, signal, (patience) => crossBatch(site, patience));
    // A session reports its statistics only when it is idle.
    await sleep(1_100, signal);
    const deadlocks = (await deadlocksOf(site)) - before;
    if (deadlocks === 0) throw new Error(`${struck} crossings without a deadlock`);
    return deadlocks;
  },
};

async function crossBatch(site: Site, signal: AbortSignal): Promise<void> {
  const rival = new pg.Client({ connectionString: site.databaseUrl, application_name: 'rival' });
  rival.on('error', () => {});
  await rival.connect();
  try {
    // PostgreSQL cancels the transaction that checks for a deadlock first. That should be the batch: it began
    // to wait earlier, and has the shorter timeout.
    await rival.query("set deadlock_timeout = '3s'");
    const keys = await comingKeys(site);
    await rival.query('begin');
    const { rows } = await rival.query<{ pid: number }>('select pg_backend_pid() as pid');
    const next = await takeSome(rival, keys);
    await until(() => signal.aborted || somebodyWaitsFor(site, rows[0]?.pid ?? 0), {
      what: 'a batch to wait',
      timeoutMs: 5_000,
    });
    for (const key of keys.slice(next)) {
      if (signal.aborted) return;
      await take(rival, key);
    }
  } catch (error) {
    if ((error as { code?: string }).code !== DEADLOCK_DETECTED) throw error; // this time the rival was cancelled
  } finally {
    await rival.query('rollback').catch(() => {});
    await rival.end();
  }
}

/** Takes the first few free keys. Returns the index after the last of them. */
async function takeSome(rival: pg.Client, keys: readonly Key[]): Promise<number> {
  let taken = 0;
  for (const [i, key] of keys.entries()) {
    if (await take(rival, key)) taken += 1;
    if (taken === HELD) return i + 1;
  }
  throw new Error('no events are left to come');
}

async function take(rival: pg.Client, { tenant, key }: Key): Promise<boolean> {
  const { rowCount } = await rival.query(
    `insert into message_key (tenant_id, key, message_id, fingerprint)
     values ($1, $2, gen_random_uuid(), gen_random_uuid()) on conflict do nothing`,
    [tenant, key],
  );
  return rowCount === 1;
}

async function somebodyWaitsFor(site: Site, pid: number): Promise<boolean> {
  const { rows } = await site.pool.query<{ waits: boolean }>(
    'select exists (select from pg_stat_activity where $1 = any(pg_blocking_pids(pid))) as waits',
    [pid],
  );
  return rows[0]?.waits === true;
}

/** The identities of good events that are not stored yet, in descending order. */
async function comingKeys(site: Site): Promise<Key[]> {
  const { rows } = await site.pool.query<{ id: string }>('select event_id as id from message');
  const stored = new Set(rows.map(({ id }) => id));
  const events = site.plans.flatMap((plan) => {
    const generator = new EventGenerator(plan);
    const made = Array.from({ length: plan.count }, () => generator.next());
    return made.filter(({ kind, id }) => kind === 'good' && id !== null && !stored.has(id)).slice(0, 100);
  });
  return events
    .map(({ tenant, id, text }) => {
      const { source } = JSON.parse(text) as { source: string };
      return { tenant, key: eventKey({ source, eventId: id ?? '' }) };
    })
    .toSorted((a, b) => (`${a.tenant} ${a.key}` < `${b.tenant} ${b.key}` ? 1 : -1));
}

async function deadlocksOf(site: Site): Promise<number> {
  const { rows } = await site.pool.query<{ deadlocks: number }>(
    'select deadlocks::integer as deadlocks from pg_stat_database where datname = current_database()',
  );
  return rows[0]?.deadlocks ?? 0;
}

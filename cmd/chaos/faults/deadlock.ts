import pg from 'pg';
import { eventKey } from '#internal/event/identity.ts';
import { sleep } from '#internal/processor/waiting.ts';
import { until } from '#internal/testkit/until.ts';
import { EventGenerator } from '../../producers/generator.ts';
import type { Fault, Site } from '../fault.ts';
import { strikes } from './striking.ts';

/**
 * Another transaction takes identities in the other order: first the last key of those to come, and when a batch waits
 * for that, one by one those before it, which the batch holds.
 */
export const deadlock: Fault = {
  name: 'deadlock',
  what: 'another transaction locks the identities of coming events in the opposite order',
  async inject(site, signal) {
    const before = await deadlocksOf(site);
    const struck = await strikes(3, signal, (patience) => crossBatch(site, patience));
    // Statistics are written by a session when it has a pause.
    await sleep(1_100, signal);
    const deadlocks = (await deadlocksOf(site)) - before;
    if (deadlocks === 0) throw new Error(`${struck} crossings and not one deadlock`);
    return deadlocks;
  },
};

async function crossBatch(site: Site, signal: AbortSignal): Promise<void> {
  const rival = new pg.Client({ connectionString: site.databaseUrl, application_name: 'rival' });
  rival.on('error', () => {});
  await rival.connect();
  try {
    const keys = await comingKeys(site);
    await rival.query('begin');
    const { rows } = await rival.query<{ pid: number }>('select pg_backend_pid() as pid');
    let last = -1;
    for (const [i, { tenant, key }] of keys.entries()) {
      if (signal.aborted) return;
      await take(rival, tenant, key);
      if (last < 0 && i % 5 === 0 && (await somebodyWaitsFor(site, rows[0]?.pid ?? 0))) last = i;
    }
    await until(() => somebodyWaitsFor(site, rows[0]?.pid ?? 0), {
      what: 'a batch to wait',
      timeoutMs: 2_000,
    });
  } finally {
    await rival.query('rollback').catch(() => {});
    await rival.end();
  }
}

async function take(rival: pg.Client, tenant: string, key: string): Promise<void> {
  await rival.query(
    `insert into message_key (tenant_id, key, message_id, fingerprint)
     values ($1, $2, gen_random_uuid(), gen_random_uuid()) on conflict do nothing`,
    [tenant, key],
  );
}

async function somebodyWaitsFor(site: Site, pid: number): Promise<boolean> {
  const { rows } = await site.pool.query<{ waits: boolean }>(
    'select exists (select from pg_stat_activity where $1 = any(pg_blocking_pids(pid))) as waits',
    [pid],
  );
  return rows[0]?.waits === true;
}

/** The identities of good events that are not stored yet, the last first. */
async function comingKeys(site: Site): Promise<{ tenant: string; key: string }[]> {
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

import { sleep } from '#internal/processor/waiting.ts';
import type { Violation } from '../checker.ts';
import type { Fault, Site } from '../fault.ts';
import { registerTenants } from '../stack.ts';
import { undo } from './striking.ts';

const LATE = 'latecomer';
const FLOOD = 'flood';
const QUIET = 'quiet';

/** From its receive to its commit; of the time that a message waits in the queue, the processor knows nothing. */
const QUIET_P99_SECONDS = 1.5;

async function unregister({ pool }: Site): Promise<boolean> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    for (const table of ['client', 'event_type'])
      await client.query(`delete from ${table} where tenant_id = $1`, [LATE]);
    await client.query('delete from tenant where id = $1', [LATE]);
    await client.query('commit');
    return true;
  } catch {
    await client.query('rollback').catch(() => {});
    return false; // there are messages already, which hold it
  } finally {
    client.release();
  }
}

async function quietP99({ pool }: Site): Promise<number> {
  const { rows } = await pool.query<{ seconds: number }>(
    `select percentile_cont(0.99) within group (
              order by extract(epoch from pg_xact_commit_timestamp(xmin) - received_at))::float8 as seconds
       from message where tenant_id = $1`,
    [QUIET],
  );
  return rows[0]?.seconds ?? Number.POSITIVE_INFINITY;
}

export const tenantFaults: readonly Fault[] = [
  {
    name: 'registry-changes',
    what: 'a tenant is registered, removed and registered again while its events arrive',
    lateTenants: [LATE],
    async inject(site, signal) {
      let changes = 0;
      try {
        for (let i = 0; i < 6; i += 1) {
          await sleep(300, signal);
          await registerTenants(site.pool, [LATE]);
          changes += 1;
          await sleep(20, signal);
          if (await unregister(site)) changes += 1;
        }
        return changes;
      } finally {
        await undo(() => registerTenants(site.pool, [LATE]));
      }
    },
  },
  {
    name: 'flood',
    what: 'one tenant sends all at once, arrays of 200 events, while another sends a few',
    alone: true,
    load: ([first, second]) => {
      if (first === undefined || second === undefined) return [];
      const { rate: _rate, ...unpaced } = second;
      return [
        { ...first, tenants: [QUIET], batch: 1 },
        { ...unpaced, tenants: [FLOOD], count: second.count * 80, batch: 200 },
      ];
    },
    async inject(site, signal) {
      await sleep(500, signal);
      return site.plans.reduce((sum, { count }) => sum + count, 0);
    },
    async judge(site): Promise<Violation[]> {
      const seconds = await quietP99(site);
      if (seconds <= QUIET_P99_SECONDS) return [];
      const what = `the quiet tenant's events took ${seconds.toFixed(2)} s from receive to commit (p99), at most ${QUIET_P99_SECONDS} s were expected`;
      return [{ promise: 'tenants do not hurt each other', what }];
    },
  },
];

import { sleep } from '#internal/waiting/sleep.ts';
import type { Violation } from '../checker.ts';
import type { Fault, Site } from '../fault.ts';
import { registerTenants } from '../stack.ts';
import { undo } from './striking.ts';

const LATE = 'latecomer';
const FLOOD = 'flood';
const QUIET = 'quiet';

/** Limit for the quiet tenant's events on any machine. */
const QUIET_P99_SECONDS = 1.5;
/**
 * On slow machines the limit is this share of what the flood's own events take. In a single queue both would
 * take as long.
 */
const SHARE_OF_FLOOD = 0.5;

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
    return false; // messages refer to it already
  } finally {
    client.release();
  }
}

/** Seconds from receive to commit (p99). The time that a message waits in SQS does not count. */
async function waitP99({ pool }: Site, tenant: string): Promise<number> {
  const { rows } = await pool.query<{ seconds: number | null }>(
    `select percentile_cont(0.99) within group (
              order by extract(epoch from pg_xact_commit_timestamp(xmin) - received_at))::float8 as seconds
       from message where tenant_id = $1`,
    [tenant],
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
    what: 'one tenant floods the queue with arrays of 200 events while another sends a few events',
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
      const seconds = await waitP99(site, QUIET);
      const floodSeconds = await waitP99(site, FLOOD);
      if (seconds <= Math.max(QUIET_P99_SECONDS, floodSeconds * SHARE_OF_FLOOD)) return [];
      const what = `the quiet tenant's events took ${seconds.toFixed(2)} s from receive to commit (p99), the flood's ${floodSeconds.toFixed(2)} s`;
      return [{ promise: 'tenants do not hurt each other', what }];
    },
  },
];

import pg from 'pg';
import { sleep } from '#internal/waiting/sleep.ts';
import type { Violation } from '../checker.ts';
import type { Fault, Site } from '../fault.ts';
import { onServer } from '#internal/proof/kit/server.ts';
import { isStore, strikes, undo, withoutPostgres } from './striking.ts';

/** Terminates the sessions of the round's processors, or of other programs. */
async function terminateSessions(
  client: pg.Pool | pg.Client,
  applications = 'event-processor',
): Promise<number> {
  const { rowCount } = await client.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and application_name like $1`,
    [applications],
  );
  return rowCount ?? 0;
}

/** Locks a table against all other sessions for a while. */
async function holdLock(site: Site, table: string, milliseconds: number, signal: AbortSignal): Promise<void> {
  const client = new pg.Client({ connectionString: site.databaseUrl });
  client.on('error', () => {});
  await client.connect();
  try {
    await client.query(`begin; lock table ${table} in access exclusive mode`);
    await sleep(milliseconds, signal);
  } finally {
    await client.end(); // also releases the lock
  }
}

/** An event that waits for no lock must be stored within this time of its receive. */
const MAX_WAIT_SECONDS = 5;

function lockedTenant({ plans }: Site): string {
  return plans[0]?.tenants[0] ?? '';
}

/** Longest time from receive to commit, in seconds, over all other tenants. */
async function waitMaximum({ pool }: Site, exceptTenant: string): Promise<number> {
  const { rows } = await pool.query<{ seconds: number | null }>(
    `select max(extract(epoch from pg_xact_commit_timestamp(xmin) - received_at))::float8 as seconds
       from message where tenant_id <> $1`,
    [exceptTenant],
  );
  return rows[0]?.seconds ?? 0;
}

function stopped(mode: 'fast' | 'immediate', what: string): Fault {
  return {
    name: `postgres-stopped-${mode}`,
    what,
    of: 'both',
    actsOn: 'server',
    inject: ({ stack, deliveries }, signal, random) =>
      strikes(2, signal, () =>
        withoutPostgres(deliveries, async () => {
          await stack.postgres.stop(mode);
          await sleep(random.whole(200, 1_500), signal);
          await stack.postgres.start();
        }),
      ),
  };
}

export const postgresFaults: readonly Fault[] = [
  stopped('fast', 'PostgreSQL is stopped in order and started again'),
  stopped('immediate', 'PostgreSQL crashes and is started again'),
  {
    name: 'connections-lost',
    what: 'PostgreSQL terminates connections, or they break',
    inject: (site, signal, random) =>
      strikes(6, signal, async () => {
        const struck = random.chance(0.5) ? site.postgresProxy.cut() : await terminateSessions(site.pool);
        if (struck === 0) throw new Error('there was no connection');
      }),
  },
  {
    name: 'commit-answer-lost',
    what: 'a batch is committed and the connection breaks before the answer arrives',
    inject: (site, signal) =>
      strikes(5, signal, async (patience) => {
        (await site.postgresProxy.catchAt('after_commit', isStore, patience)).cut();
      }),
  },
  {
    name: 'postgres-latency',
    what: 'every answer of PostgreSQL takes up to 400 ms longer',
    actsOn: 'latency',
    inject: async ({ postgresProxy }, signal, random) => {
      try {
        postgresProxy.latencyMs = random.whole(100, 400);
        await sleep(3_000, signal);
        return 1;
      } finally {
        postgresProxy.latencyMs = 0;
      }
    },
  },
  {
    name: 'postgres-half-open',
    what: 'connections to PostgreSQL become half-open',
    // A dead connection is noticed only after the statement timeout, so it is short here.
    databaseParameters: { statement_timeout: '2000', query_timeout: '3000' },
    inject: ({ postgresProxy }, signal) =>
      strikes(2, signal, async () => {
        if (postgresProxy.stall() === 0) throw new Error('there was no connection');
      }),
  },
  {
    name: 'table-locked',
    what: 'another session locks the table message for some seconds',
    of: 'both',
    inject: async (site, signal, random) => {
      await holdLock(site, 'message', random.whole(1_500, 3_500), signal);
      return 1;
    },
  },
  {
    name: 'client-locked',
    what: 'an application locks a client and an event type of one tenant for some seconds',
    actsOn: 'clock', // its waits are measured from the processor's clock to PostgreSQL's
    inject: async (site, signal, random) => {
      const client = new pg.Client({ connectionString: site.databaseUrl });
      client.on('error', () => {});
      await client.connect();
      try {
        await client.query('begin');
        for (const table of ['client', 'event_type'])
          await client.query(`select from ${table} where tenant_id = $1 limit 1 for update`, [
            lockedTenant(site),
          ]);
        await sleep(random.whole(3_000, 6_000), signal);
        return 1;
      } finally {
        await client.end(); // also releases the locks
      }
    },
    async judge(site): Promise<Violation[]> {
      const seconds = await waitMaximum(site, lockedTenant(site));
      if (seconds <= MAX_WAIT_SECONDS) return [];
      const what = `an event of another tenant took ${seconds.toFixed(2)} s from receive to commit`;
      return [{ promise: 'tenants do not hurt each other', what }];
    },
  },
  {
    name: 'statement-timeout',
    what: 'statements wait for a lock longer than they may run',
    databaseParameters: { statement_timeout: '300' },
    inject: (site, signal) => strikes(2, signal, () => holdLock(site, 'message_key', 1_500, signal)),
  },
  {
    name: 'read-only',
    what: 'PostgreSQL is read-only, as after a failover, for two seconds',
    of: 'both',
    async inject({ stack, databaseUrl, pool }, signal) {
      const database = pg.escapeIdentifier(new URL(databaseUrl).pathname.slice(1));
      const { url } = stack.postgres;
      try {
        await onServer(url, `alter database ${database} set default_transaction_read_only = on`);
        await terminateSessions(pool, 'event-processor%');
        await sleep(2_000, signal);
        return 1;
      } finally {
        // Sessions that began meanwhile stay read-only: the processor must close them.
        await undo(() => onServer(url, `alter database ${database} reset default_transaction_read_only`));
      }
    },
  },
  {
    name: 'too-many-connections',
    what: 'other sessions use up max_connections',
    of: 'both',
    alone: true,
    async inject(site, signal) {
      const own = new pg.Client({ connectionString: site.databaseUrl });
      await own.connect();
      const rivals: pg.Client[] = [];
      try {
        // Each terminated session of the processor frees a connection, which a rival must take too.
        for (let full = 0; full < 3; full += 1) {
          await takeAll(site.stack.postgres.url, rivals);
          await terminateSessions(own, 'event-processor%');
          await takeAll(site.stack.postgres.url, rivals);
          await sleep(700, signal);
        }
        return rivals.length;
      } finally {
        await Promise.all([own, ...rivals].map((client) => client.end()));
      }
    },
  },
];

async function takeAll(url: string, rivals: pg.Client[]): Promise<void> {
  for (;;) {
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => {});
    try {
      await client.connect();
    } catch {
      return;
    }
    rivals.push(client);
  }
}

import pg from 'pg';
import { until } from '#internal/proof/kit/until.ts';
import { sleep } from '#internal/waiting/sleep.ts';
import { LEASE_SECONDS } from '../../deliveries/deliveries.ts';
import type { Fault } from '../../fault.ts';
import { isStore, strikes } from '../striking.ts';
import { type DeliveringSite, excusing, isRecord, senderFault } from './faults.ts';

/** What two senders may hold that is not written down. */
const UNWRITTEN = 2 * (64 + 2_000);

const SENDERS = `datname = current_database() and application_name = 'event-processor-sender'`;

/** Runs a transaction of its own, and ends it with the work. */
async function inOwnTransaction(
  url: string,
  statement: string,
  work: (client: pg.Client) => Promise<void>,
): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    await client.query(`begin; ${statement}`);
    await work(client);
  } finally {
    await client.end();
  }
}

/** Signals the senders' sessions until one was struck. */
async function strikeSessions(
  { deliveries: { pool } }: DeliveringSite,
  act: 'pg_cancel_backend' | 'pg_terminate_backend',
  patience: AbortSignal,
): Promise<void> {
  const only = act === 'pg_cancel_backend' ? `and state = 'active'` : '';
  const struck = async () => {
    patience.throwIfAborted();
    const { rowCount } = await pool.query(
      `select ${act}(pid) from pg_stat_activity where ${SENDERS} ${only}`,
    );
    return (rowCount ?? 0) > 0;
  };
  await until(struck, { what: 'a session of a sender', timeoutMs: 8_000 });
}

async function partitionsOfAttempts(pool: pg.Pool): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(
    `select inhrelid::regclass::text as name from pg_inherits where inhparent = 'attempt'::regclass`,
  );
  return rows.map(({ name }) => name);
}

export const databaseFaults: readonly Fault[] = [
  senderFault({
    name: 'storing-hangs',
    what: 'a storing statement hangs before its commit while others go on, and then commits or breaks',
    inject: ({ postgresProxy }, signal, random) =>
      strikes(2, signal, async (patience) => {
        const caught = await postgresProxy.catchAt('before_commit', isStore, patience);
        try {
          await sleep(random.whole(500, 2_500), signal);
        } finally {
          if (random.chance(0.5)) caught.letGo();
          else caught.cut();
        }
      }),
  }),
  senderFault({
    name: 'sender-connections-lost',
    what: 'PostgreSQL terminates connections of senders, or they break',
    inject: (site, signal, random) =>
      strikes(6, signal, async (patience) => {
        if (random.chance(0.5)) return strikeSessions(site, 'pg_terminate_backend', patience);
        if (site.deliveries.senders.cut() === 0) throw new Error('there was no connection');
      }),
  }),
  senderFault({
    name: 'sender-commit-answer-lost',
    what: 'facts are committed and the connection breaks before the answer arrives',
    inject: ({ deliveries }, signal) =>
      strikes(5, signal, async (patience) => {
        (await deliveries.senders.catchAt('after_commit', isRecord, patience)).caught.cut();
      }),
  }),
  senderFault({
    name: 'sender-statement-cut',
    what: 'statements of senders are cancelled',
    inject: (site, signal) =>
      strikes(8, signal, (patience) => strikeSessions(site, 'pg_cancel_backend', patience)),
  }),
  senderFault({
    name: 'sender-postgres-half-open',
    what: "the senders' connections to PostgreSQL become half-open",
    // A dead connection is noticed only after the statement timeout, so it is short here.
    senderDatabaseParameters: { statement_timeout: '2000', query_timeout: '3000' },
    inject: ({ deliveries: { senders } }, signal) =>
      strikes(2, signal, async () => {
        if (senders.stall() === 0) throw new Error('there was no connection');
      }),
  }),
  senderFault({
    name: 'sender-postgres-latency',
    what: 'every answer of PostgreSQL to a sender takes up to 400 ms longer',
    actsOn: 'latency',
    async inject({ deliveries: { senders } }, signal, random) {
      try {
        senders.latencyMs = random.whole(100, 400);
        await sleep(3_000, signal);
        return 1;
      } finally {
        senders.latencyMs = 0;
      }
    },
  }),
  senderFault({
    name: 'delivery-tables-locked',
    what: 'another session locks a table of the sender for some seconds, one after the other',
    async inject(site, signal, random) {
      for (const table of ['attempt', 'retry', 'endpoint', 'lane'])
        await inOwnTransaction(site.databaseUrl, `lock table ${table} in access exclusive mode`, () =>
          sleep(random.whole(300, 1_200), signal),
        );
      return 4;
    },
  }),
  senderFault({
    name: 'shards-locked',
    what: 'another session locks all shards for longer than the lease: nothing is renewed or written',
    actsOn: 'shards',
    inject: (site, signal) =>
      strikes(1, signal, () =>
        excusing(
          site.deliveries,
          async () => {
            await inOwnTransaction(site.databaseUrl, 'select from shard for update', () =>
              sleep((LEASE_SECONDS + 3) * 1000, signal),
            );
            await sleep(2_000, signal); // what was answered meanwhile is written
          },
          UNWRITTEN,
        ),
      ),
  }),
  senderFault({
    name: 'attempt-partition-missing',
    what: 'there are no partitions of attempts',
    async prepareDatabase({ deliveries: { pool } }) {
      for (const name of await partitionsOfAttempts(pool)) await pool.query(`drop table ${name}`);
    },
    async inject({ deliveries: { pool } }, signal) {
      const isBack = async () =>
        signal.aborted || (await pool.query('select from attempt limit 1')).rowCount === 1;
      await until(isBack, { what: 'the first attempt', timeoutMs: 20_000 });
      return (await partitionsOfAttempts(pool)).length;
    },
  }),
  senderFault({
    name: 'foreign-transaction',
    what: 'transactions in another database and in this one have an id and stay open',
    async inject({ stack, databaseUrl, deliveries: { receiver } }, signal) {
      const taken = 'select pg_current_xact_id()';
      let before = 0;
      await inOwnTransaction(stack.postgres.url, taken, () =>
        inOwnTransaction(databaseUrl, taken, async () => {
          await sleep(300, signal);
          before = receiver.got.length;
          await until(() => receiver.got.length > before + 20, {
            what: 'deliveries meanwhile',
            timeoutMs: 8_000,
          });
          await sleep(3_000, signal);
        }),
      );
      return 2;
    },
  }),
];

import { afterAll, describe, inject } from 'vitest';
import { createDatabase } from '../../proof/kit/database.ts';
import { beginStoring, insertEndpoint, TEST_SEALING } from '../../proof/kit/delivery-database.ts';
import { deliveryStoreContract } from '../../proof/kit/delivery-store-contract.ts';
import type { DeliveryStoreRig } from '../../proof/kit/delivery-store-rig.ts';
import { findPgBouncer, type PgBouncer, startPgBouncer } from '../../proof/kit/pgbouncer.ts';
import type { AttemptFact, DeadDelivery } from '../../sender/ports.ts';
import { openPool } from '../pool.ts';
import { PostgresDeliveryStore } from './store.ts';

/** Null in PostgreSQL is undefined in the port. */
function withoutNulls<Row extends object>(row: Row): Row {
  return Object.fromEntries(Object.entries(row).map(([key, value]) => [key, value ?? undefined])) as Row;
}

const FACTS = `select endpoint::integer, unit::integer, message_id as "messageId", id, number, outcome, status, error, response,
    milliseconds, encode(body_digest, 'hex') as "bodyDigest" from attempt order by id`;

const DEAD = `select endpoint::integer, unit::integer, message_id as "messageId", reason, attempts,
    (extract(epoch from died_at) * 1000)::float8 as "diedAtMs", last_status as "lastStatus", last_error as "lastError"
  from dead`;

/** @param through gives the URL on which the store itself reaches the database */
async function openRig(through = (url: string) => url): Promise<DeliveryStoreRig> {
  const database = await createDatabase();
  const { pool } = database;
  const own = openPool(through(database.url), { max: 5, applicationName: 'test' });
  const store = await PostgresDeliveryStore.open({ pool: own, sealing: TEST_SEALING });
  return {
    store,
    addEndpoint: (given) => insertEndpoint(pool, given),
    async changeEndpoint(number, url) {
      await pool.query('update endpoint set url = $2 where number = $1', [number, url]);
    },
    async removeEndpoint(number) {
      await pool.query('delete from endpoint where number = $1', [number]);
    },
    begin: () => beginStoring(pool),
    async expire(owner) {
      await pool.query(`update sender set until = now() - interval '1 s' where id = $1`, [owner]);
      await pool.query(`update shard set until = now() - interval '1 s' where owner = $1`, [owner]);
    },
    facts: async () => (await pool.query<AttemptFact>(FACTS)).rows.map(withoutNulls),
    dead: async () => (await pool.query<DeadDelivery>(DEAD)).rows.map(withoutNulls),
    async [Symbol.asyncDispose]() {
      await own.end();
      await database[Symbol.asyncDispose]();
    },
  };
}

deliveryStoreContract('on PostgreSQL', () => openRig());

const installed = await findPgBouncer();

describe.skipIf(installed === undefined)('through PgBouncer in transaction mode', () => {
  let pooler: PgBouncer | undefined;
  afterAll(() => pooler?.[Symbol.asyncDispose]());

  deliveryStoreContract('on PostgreSQL behind it', async () => {
    if (installed === undefined) throw new Error('PgBouncer is not installed');
    pooler ??= await startPgBouncer(installed, inject('databaseUrl'), {
      preparedStatements: false,
      settings: ['ignore_startup_parameters = statement_timeout'],
    });
    const through = pooler;
    return openRig((url) => through.urlOf(url));
  });
});

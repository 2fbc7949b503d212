import { afterAll, describe, inject } from 'vitest';
import { openPool } from '../postgres/pool.ts';
import { addClient, addEventType } from '../postgres/registry/add.ts';
import { PostgresStore } from '../postgres/store.ts';
import { createDatabase } from '../proof/kit/database.ts';
import { healingContract, type HealingRig } from '../proof/kit/healing-contract.ts';
import { findPgBouncer, type PgBouncer, startPgBouncer } from '../proof/kit/pgbouncer.ts';
import { openHealing } from './open-healing.ts';

async function openRig(through: (url: string) => string = (url) => url): Promise<HealingRig> {
  const database = await createDatabase();
  const pool = openPool(through(database.url), { max: 5, applicationName: 'test' });
  const store = new PostgresStore({ pool });
  return {
    healing: openHealing(pool),
    async registerClient(id) {
      await addClient(pool, 'default', id);
    },
    async registerEventType(name) {
      await addEventType(pool, 'default', name, null);
    },
    reject: (records) => store.reject(records),
    settle: (results) => store.settle(results),
    async inState(state) {
      const { rows } = await pool.query<{ id: string }>(
        'select sqs_message_id as id from rejection where state = $1 order by id',
        [state],
      );
      return rows.map(({ id }) => id);
    },
    async [Symbol.asyncDispose]() {
      await pool.end();
      await database[Symbol.asyncDispose]();
    },
  };
}

healingContract('on PostgreSQL', () => openRig());

const installed = await findPgBouncer();

describe.skipIf(installed === undefined)('through PgBouncer in transaction mode', () => {
  let pooler: PgBouncer | undefined;
  afterAll(() => pooler?.[Symbol.asyncDispose]());

  healingContract('on PostgreSQL behind it', async () => {
    if (installed === undefined) throw new Error('PgBouncer is not installed');
    pooler ??= await startPgBouncer(installed, inject('databaseUrl'), {
      preparedStatements: false,
      settings: ['ignore_startup_parameters = statement_timeout'],
    });
    const through = pooler;
    return openRig((url) => through.urlOf(url));
  });
});

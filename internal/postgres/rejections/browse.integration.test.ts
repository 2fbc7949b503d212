import type pg from 'pg';
import { expect, test } from 'vitest';
import { createDatabase } from '../../proof/kit/database.ts';
import { countRejections, listRejections } from './browse.ts';
import type { RejectionFilter } from './filter.ts';

/** Rejections 1 to n: every tenth of tenant acme, every hundredth malformed, the rest of tenant default for an unknown client. */
async function fill(pool: pg.Pool, count: number): Promise<void> {
  await pool.query(
    `insert into rejection (queue, sqs_message_id, reason, detail, tenant_id, body, attributes, receive_count, received_at)
     select 'events', i::text, case when i % 100 = 0 then 'malformed_json' else 'unknown_client' end, 'd',
            case when i % 10 = 0 then 'acme' else 'default' end, 'b', '{}', 1, now() - (${count} - i) * interval '1 minute'
       from generate_series(1, ${count}) i`,
  );
}

async function ids(
  pool: pg.Pool,
  filter: RejectionFilter,
  page: { limit: number; beforeId?: string },
): Promise<number[]> {
  return (await listRejections(pool, filter, page)).map(({ id }) => Number(id));
}

test('rejections are listed newest first, page by page, also when few of many match', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  await fill(pool, 3_000);
  expect(await ids(pool, {}, { limit: 3 })).toEqual([3_000, 2_999, 2_998]);
  expect(await ids(pool, {}, { limit: 2, beforeId: '2998' })).toEqual([2_997, 2_996]);
  const malformed = { reasons: ['malformed_json'] };
  expect(await ids(pool, malformed, { limit: 3 })).toEqual([3_000, 2_900, 2_800]);
  expect(await ids(pool, malformed, { limit: 100, beforeId: '300' })).toEqual([200, 100]);
  expect(await ids(pool, { ids: ['7', '11', '5'] }, { limit: 2 })).toEqual([11, 7]);
  expect(await ids(pool, { until: new Date(Date.now() - 2_995.5 * 60_000) }, { limit: 10 })).toEqual([
    4, 3, 2, 1,
  ]);
});

test('open rejections of a tenant are listed along their index, whatever their reasons', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  await fill(pool, 300);
  await pool.query(`update rejection set state = 'discarded', settled_at = now() where id in (290, 270)`);
  const acme = { tenantId: 'acme', state: 'open' } as const;
  expect(await ids(pool, acme, { limit: 4 })).toEqual([300, 280, 260, 250]);
  expect(await ids(pool, acme, { limit: 2, beforeId: '250' })).toEqual([240, 230]);
  expect(await ids(pool, { ...acme, reasons: ['malformed_json'] }, { limit: 9 })).toEqual([300, 200, 100]);
  expect(await ids(pool, { ...acme, tenantId: 'nobody' }, { limit: 9 })).toEqual([]);
});

test('a count that takes too long is given up', async () => {
  await using database = await createDatabase();
  const { pool } = database;
  await fill(pool, 100);
  expect(await countRejections(pool, { state: 'open' }, { withinMs: 10_000 })).toEqual([
    { state: 'open', reason: 'unknown_client', count: 99 },
    { state: 'open', reason: 'malformed_json', count: 1 },
  ]);
  const holder = await pool.connect();
  await holder.query('begin');
  await holder.query('lock table rejection');
  expect(await countRejections(pool, {}, { withinMs: 50 })).toBeUndefined();
  await holder.query('rollback');
  holder.release();
});

import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchDatabase } from '../databases.ts';
import { addEndpoints, storeBacklog } from './backlog.ts';
import { allAccepted, type Figures, type Lab, startSender } from './lab.ts';

/** It stays down for at least this long after the last message was stored. */
const DOWN_MS = 8_000;

/** Rows that are written for an endpoint that is down while messages arrive for it, and the rate when it is back. */
export async function measureDown(lab: Lab): Promise<Figures> {
  const { databases, sizes } = lab;
  await using database = await databases.create();
  await using healthy = await databases.create();
  const rows = await fall(lab, database);
  const back = rows.perSecond;
  await addEndpoints(healthy.pool, [{ url: lab.receiver.url('healthy', 0) }]);
  await storeBacklog(healthy.pool, { messages: sizes.waiting, endpoints: 1 });
  return {
    'down.rows': rows.written,
    'down.back': back,
    'down.healthy': await deliverAll(lab, healthy, 'healthy'),
  };
}

async function fall(lab: Lab, database: BenchDatabase): Promise<{ written: number; perSecond: number }> {
  const { receiver, sizes } = lab;
  await receiver.forget();
  await receiver.behave('down', 'refuse');
  await addEndpoints(database.pool, [{ url: receiver.url('down', 0) }]);
  await using sender = await startSender(lab, database);
  await storeBacklog(database.pool, { messages: sizes.waiting, endpoints: 1 });
  await sleep(DOWN_MS);
  const written = await rowsWritten(database);
  await receiver.behave('down', 'ok');
  await allAccepted(lab, 'down', sizes.waiting, sender);
  return { written, perSecond: await rateOf(lab, 'down') };
}

async function deliverAll(lab: Lab, database: BenchDatabase, group: string): Promise<number> {
  const { receiver, sizes } = lab;
  await receiver.forget();
  await using sender = await startSender(lab, database);
  await allAccepted(lab, group, sizes.waiting, sender);
  return rateOf(lab, group);
}

/** From the first to the last request that was accepted. */
async function rateOf({ receiver }: Lab, group: string): Promise<number> {
  const { accepted, firstMs, lastMs } = await receiver.state(group);
  return ((accepted - 1) / (lastMs - firstMs)) * 1000;
}

/** Rows that the sender inserted or updated, apart from its lease. */
async function rowsWritten({ pool }: BenchDatabase): Promise<number> {
  await sleep(1_500); // sessions report their counts at most once a second
  const { rows } = await pool.query<{ written: string }>(
    `select sum(n_tup_ins + n_tup_upd) as written from pg_stat_user_tables
      where relname ~ '^(attempt|retry|dead)'`,
  );
  const marks = await pool.query<{ written: string }>(
    `select n_tup_upd as written from pg_stat_user_tables where relname = 'endpoint_mark'`,
  );
  return Number(rows[0]?.written) + Number(marks.rows[0]?.written);
}

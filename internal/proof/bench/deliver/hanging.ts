import { setTimeout as sleep } from 'node:timers/promises';
import { uuid7Milliseconds } from '../../../event/uuid7.ts';
import type { BenchDatabase } from '../databases.ts';
import { median, percentile } from '../figures.ts';
import { addEndpoints, storeBacklog, storeBatch } from './backlog.ts';
import { allAccepted, type Figures, type Lab, startSender } from './lab.ts';

const HEALTHY = 100;
const MESSAGES_PER_SECOND = 500;
const STORE_EVERY_MS = 20;
const WARM_UP_MS = 3_000;

/** From the commit to the receiver, at a steady rate for 100 endpoints: without, and beside, one that hangs and has a backlog. */
export async function measureHanging(lab: Lab): Promise<Figures> {
  return { ...(await measure(lab, 'calm', 0)), ...(await measure(lab, 'hanging', lab.sizes.waiting)) };
}

async function measure(lab: Lab, name: string, waiting: number): Promise<Figures> {
  const { databases, receiver, sizes } = lab;
  await using database = await databases.create();
  await receiver.forget();
  await receiver.behave('hung', 'hang');
  await addEndpoints(
    database.pool,
    Array.from({ length: HEALTHY }, (_, i) => ({ url: receiver.url(name, i, i) })),
  );
  if (waiting > 0) {
    const url = receiver.url('hung', 0, HEALTHY);
    await addEndpoints(database.pool, [{ url, timeoutSeconds: sizes.timeoutSeconds }], HEALTHY);
    await storeBacklog(database.pool, { messages: waiting, first: HEALTHY, endpoints: 1 });
  }
  await using sender = await startSender(lab, database);
  const startMs = Date.now();
  const stored = await storeSteadily(database, startMs + WARM_UP_MS + sizes.seconds * 1000);
  await allAccepted(lab, name, stored, sender);
  const latencies = [...(await receiver.arrivals(name))]
    .map(([id, arrivedMs]) => ({ storedMs: uuid7Milliseconds(id), arrivedMs }))
    .filter(({ storedMs }) => storedMs >= startMs + WARM_UP_MS)
    .map(({ storedMs, arrivedMs }) => arrivedMs - storedMs);
  return { [`${name}.p50`]: median(latencies), [`${name}.p99`]: percentile(latencies, 0.99) };
}

/** Returns how many messages it has stored. */
async function storeSteadily({ pool }: BenchDatabase, untilMs: number): Promise<number> {
  const startMs = Date.now();
  let stored = 0;
  while (Date.now() < untilMs) {
    const due = Math.floor(((Date.now() - startMs) / 1000) * MESSAGES_PER_SECOND) - stored;
    if (due > 0) await storeBatch(pool, stored, due, HEALTHY);
    stored += Math.max(0, due);
    await sleep(STORE_EVERY_MS);
  }
  return stored;
}

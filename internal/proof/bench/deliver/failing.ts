import { setTimeout as sleep } from 'node:timers/promises';
import { addEndpoints, storeBacklog } from './backlog.ts';
import { type Figures, type Lab, startSender } from './lab.ts';

/** Endpoints that fail: two until they are told to work, after these times, and two for ever, now and then. */
const ENDPOINTS = [
  { group: 'refuse', behaviour: 'refuse', worksAfterMs: 4_000 },
  { group: 'slow', behaviour: 'slow', worksAfterMs: 6_000 },
  { group: 'alternate', behaviour: 'alternate', worksAfterMs: undefined },
  { group: 'sometimes', behaviour: 'sometimes', worksAfterMs: undefined },
] as const;

/** Above the breaker's longest pauses between probes while an endpoint fails for seconds. */
const PATIENCE_MS = 60_000;
const SLOWEST_RATE = 100;
const RETRY_SECONDS = Array.from({ length: 50 }, () => 1);
const LOOK_MS = 100;

/** Counts what is never delivered to endpoints that fail in several ways, and requests of which nothing is written down. */
export async function measureFailing(lab: Lab): Promise<Figures> {
  const { databases, receiver, sizes } = lab;
  const each = Math.floor(sizes.failing / ENDPOINTS.length);
  await using database = await databases.create();
  await receiver.forget();
  for (const { group, behaviour } of ENDPOINTS) await receiver.behave(group, behaviour);
  await addEndpoints(
    database.pool,
    ENDPOINTS.map(({ group }, i) => ({ url: receiver.url(group, i, i), retrySeconds: RETRY_SECONDS })),
  );
  await storeBacklog(database.pool, { messages: each * ENDPOINTS.length, endpoints: ENDPOINTS.length });
  const states = () => Promise.all(ENDPOINTS.map(({ group }) => receiver.state(group)));
  {
    await using sender = await startSender(lab, database);
    const startMs = performance.now();
    const deadlineMs = startMs + PATIENCE_MS + (each * ENDPOINTS.length * 1000) / SLOWEST_RATE;
    while ((await states()).some(({ accepted }) => accepted < each) && performance.now() < deadlineMs) {
      for (const { group, worksAfterMs = Number.POSITIVE_INFINITY } of ENDPOINTS)
        if (performance.now() - startMs > worksAfterMs) await receiver.behave(group, 'ok');
      if (sender.ended) throw sender.failure();
      await sleep(LOOK_MS);
    }
  }
  const received = await states();
  const sum = (of: 'accepted' | 'requests') => received.reduce((total, state) => total + state[of], 0);
  const { rows } = await database.pool.query<{ facts: string }>('select count(*) as facts from attempt');
  return {
    'failing.lost': each * ENDPOINTS.length - sum('accepted'),
    'failing.unrecorded': sum('requests') - Number(rows[0]?.facts),
  };
}

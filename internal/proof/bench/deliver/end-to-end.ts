import { setTimeout as sleep } from 'node:timers/promises';
import { PROCESSOR, Run } from '../contender.ts';
import { emptied, environment } from '../drain.ts';
import { median, percentile } from '../figures.ts';
import { PLAIN_LOAD } from '../load.ts';
import { startQueueServer } from '../queues.ts';
import { SteadyTraffic } from '../steady-traffic.ts';
import { addEndpoints } from './backlog.ts';
import { allAccepted, type Figures, type Lab, startSender } from './lab.ts';

const EVENTS_PER_SECOND = 500;
/** Programs warm up. */
const WARM_UP_MS = 3_000;
const CLIENTS = 3;

/** Milliseconds from just before the send to SQS until the receiver has the request, through processor and sender. */
export async function measureEndToEnd(lab: Lab): Promise<Figures> {
  const { databases, receiver, sizes } = lab;
  await using server = await startQueueServer('stub');
  await using database = await databases.create();
  const queue = await server.filled({ ...PLAIN_LOAD, events: 0 });
  await receiver.forget();
  await addEndpoints(
    database.pool,
    Array.from({ length: CLIENTS }, (_, i) => ({
      url: receiver.url('latency', i, i),
      client: { tenantId: 'default', clientId: `client-${i + 1}` },
    })),
  );
  await using sender = await startSender(lab, database);
  await using processor = new Run(PROCESSOR, environment(server, queue, database));
  await processor.ready();
  const traffic = new SteadyTraffic(queue, EVENTS_PER_SECOND);
  const sending = traffic.run();
  const startMs = Date.now();
  await sleep(WARM_UP_MS + sizes.seconds * 1000);
  traffic.stop();
  await sending;
  await emptied(queue, processor);
  const events = traffic.sentMs.size;
  await allAccepted(lab, 'latency', events, sender);
  const { rows } = await database.pool.query<{ id: string; event_id: string }>(
    `select id, event_id from message where source = 'bench'`,
  );
  const arrivals = await receiver.arrivals('latency');
  const latencies = rows
    .map(({ id, event_id }) => ({
      sentMs: traffic.sentMs.get(event_id) ?? 0,
      arrivedMs: arrivals.get(id) ?? 0,
    }))
    .filter(({ sentMs }) => sentMs >= startMs + WARM_UP_MS)
    .map(({ sentMs, arrivedMs }) => arrivedMs - sentMs);
  return { 'latency.p50': median(latencies), 'latency.p99': percentile(latencies, 0.99) };
}

import { until } from '#internal/proof/kit/until.ts';
import { checkMemory } from '../books.ts';
import type { Violation } from '../checker.ts';
import { checkArrivals, mustReach } from './check-arrivals.ts';
import { checkRequests } from './check-requests.ts';
import type { Deliveries } from './deliveries.ts';
import { countRetries, pairOf, readDeliveryRows, readMessages } from './evidence.ts';
import { isDelivered } from './got.ts';
import { nameOf } from './target.ts';

const MOST_MS = 90_000;

/** Waits until every message has reached every endpoint that wants it, or was given up, and nothing is to be sent again. */
export async function allDelivered(deliveries: Deliveries, stop: AbortSignal): Promise<void> {
  const { pool, receiver, targets } = deliveries;
  const isDone = async () => {
    if (stop.aborted) return true;
    if ((await countRetries(pool)) > 0) return false;
    const delivered = new Set(
      receiver.got.filter(isDelivered).map(({ endpoint, message }) => `${endpoint} ${message}`),
    );
    const { rows } = await pool.query<{ endpoint: number; message: string }>(
      'select endpoint::float8 as endpoint, message_id as message from dead',
    );
    const dead = new Set(rows.map(({ endpoint, message }) => pairOf(endpoint, message)));
    return (await readMessages(pool)).every((message) =>
      targets.every(
        (target) =>
          !mustReach(target, message) ||
          delivered.has(`${nameOf(target)} ${message.id}`) ||
          dead.has(pairOf(target.number, message.id)),
      ),
    );
  };
  await until(isDone, { what: 'everything to be delivered', timeoutMs: MOST_MS });
}

/** Compares what the receivers got with the rows, after the senders have ended. */
export async function judgeDeliveries(deliveries: Deliveries, mayDie: boolean): Promise<Violation[]> {
  const { pool, receiver, targets, excused, frozen, senders } = deliveries;
  const evidence = {
    ...(await readDeliveryRows(pool)),
    got: receiver.got,
    forbidden: receiver.forbidden,
    targets,
    excused,
    frozen,
    mayDie,
    books: senders.ended,
    allEnded: senders.endedInOrder,
  };
  return [
    ...senders.violations,
    ...checkMemory(senders.maxRssBytes),
    ...checkArrivals(evidence),
    ...checkRequests(evidence),
  ];
}

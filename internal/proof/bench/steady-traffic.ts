import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { median, percentile } from './figures.ts';
import { eventText, PLAIN_LOAD } from './load.ts';
import type { FilledQueue } from './queues.ts';

const SEND_EVERY_MS = 20;

/** Milliseconds from just before the send until the commit, as PostgreSQL recorded it. */
export interface Latencies {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Sends single events at a steady rate, up to ten per call when that many are due. */
export class SteadyTraffic {
  readonly sentMs = new Map<string, number>();
  readonly #queue: FilledQueue;
  readonly #perSecond: number;
  #stopped = false;

  constructor(queue: FilledQueue, perSecond: number) {
    this.#queue = queue;
    this.#perSecond = perSecond;
  }

  stop(): void {
    this.#stopped = true;
  }

  async run(): Promise<void> {
    const startMs = performance.now();
    for (let sent = 0; !this.#stopped; ) {
      const due = Math.floor(((performance.now() - startMs) / 1000) * this.#perSecond);
      const bodies: string[] = [];
      for (; sent < due; sent += 1) {
        const body = eventText(PLAIN_LOAD, sent);
        this.sentMs.set((JSON.parse(body) as { event_id: string }).event_id, Date.now());
        bodies.push(body);
      }
      await this.#queue.sendAll(bodies);
      await sleep(SEND_EVERY_MS);
    }
  }
}

/**
 * Latencies of events sent before a moment, and of those sent from then until another one; undefined without
 * any.
 */
export async function latenciesOf(
  pool: pg.Pool,
  sentMs: ReadonlyMap<string, number>,
  registeredMs: number,
  healedMs: number,
): Promise<{ calm?: Latencies; healing?: Latencies }> {
  const { rows } = await pool.query<{ id: string; ms: number }>(
    `select event_id as id, (extract(epoch from pg_xact_commit_timestamp(xmin)) * 1000)::float8 as ms
       from message where source = 'bench'`,
  );
  const committed = rows.map(({ id, ms }) => ({ sent: sentMs.get(id) as number, ms }));
  const of = (from: number, until: number): Latencies | undefined => {
    const each = committed
      .filter(({ sent }) => sent >= from && sent < until)
      .map(({ sent, ms }) => ms - sent);
    return each.length === 0 ? undefined : { p50Ms: median(each), p99Ms: percentile(each, 0.99) };
  };
  const calm = of(0, registeredMs);
  const healing = of(registeredMs, healedMs);
  return { ...(calm === undefined ? {} : { calm }), ...(healing === undefined ? {} : { healing }) };
}

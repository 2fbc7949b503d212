import { until } from '#internal/proof/kit/until.ts';
import type { Deliveries } from '../../deliveries/deliveries.ts';
import type { Fault, Site } from '../../fault.ts';
import type { Random } from '../../../../load/random.ts';

/** A site of a round that delivers. */
export interface DeliveringSite extends Site {
  readonly deliveries: Deliveries;
}

type SenderFault = Omit<Fault, 'of' | 'inject' | 'prepareDatabase' | 'judge'> & {
  readonly inject: (site: DeliveringSite, signal: AbortSignal, random: Random) => Promise<number>;
  readonly prepareDatabase?: (site: DeliveringSite) => Promise<void>;
  readonly judge?: (site: DeliveringSite) => ReturnType<NonNullable<Fault['judge']>>;
};

/** A fault that strikes the sender, its database or its receivers. */
export function senderFault({ inject, prepareDatabase, judge, ...fault }: SenderFault): Fault {
  return {
    ...fault,
    of: 'sender',
    inject: (site, signal, random) => inject(delivering(site), signal, random),
    ...(prepareDatabase === undefined
      ? {}
      : { prepareDatabase: (site) => prepareDatabase(delivering(site)) }),
    ...(judge === undefined ? {} : { judge: (site) => judge(delivering(site)) }),
  };
}

function delivering(site: Site): DeliveringSite {
  const { deliveries } = site;
  if (deliveries === undefined) throw new Error('nothing is delivered in this round');
  return { ...site, deliveries };
}

/** Whether the statement writes down what became of deliveries. */
export function isRecord(sql: string): boolean {
  return /insert into attempt /i.test(sql);
}

/** Whether the statement renews the lease and takes shards. */
export function isHold(sql: string): boolean {
  return /insert into sender /i.test(sql);
}

/** Whether the statement reads what an earlier owner has settled. */
export function isRecovery(sql: string): boolean {
  return /exists \(select from attempt a/i.test(sql);
}

/** Waits until so many senders hold shards. */
export async function shardsDivided(
  { pool }: Deliveries,
  senders: number,
  signal: AbortSignal,
): Promise<void> {
  const isDivided = async () => {
    const { rows } = await pool.query('select distinct owner from shard where owner is not null');
    return signal.aborted || rows.length >= senders;
  };
  await until(isDivided, { what: `${senders} senders to hold shards`, timeoutMs: 20_000 });
}

/** Facts of answers from so long before a process died may have died with it. */
const UNRECORDED_MS = 1_500;

/** Requests of a process that has just died may arrive and be answered a moment later. */
const ON_THE_WAY_MS = 500;

/** Excuses what came twice because a process died in the middle of `work`, or was cut from PostgreSQL there. */
export async function excusing<T>(
  { excused }: Deliveries,
  work: () => Promise<T>,
  most?: number,
): Promise<T> {
  const fromMs = Date.now() - UNRECORDED_MS;
  try {
    return await work();
  } finally {
    excused.push({ fromMs, toMs: Date.now() + ON_THE_WAY_MS, ...(most === undefined ? {} : { most }) });
  }
}

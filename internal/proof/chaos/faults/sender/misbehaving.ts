import { sleep } from '#internal/waiting/sleep.ts';
import type { Deliveries } from '../../deliveries/deliveries.ts';
import { isDelivered } from '../../deliveries/got.ts';
import type { Manner } from '../../deliveries/manners.ts';
import { nameOf } from '../../deliveries/target.ts';
import { stay } from '../striking.ts';

/** The endpoints with these ids have these manners. */
export type Manners = Readonly<Record<string, Manner>>;

/** Gives endpoints of all tenants other manners. Returns a function that ends it. */
export function misbehave({ receiver, targets }: Deliveries, manners: Manners): () => void {
  const struck = targets.filter(({ id }) => manners[id] !== undefined).map(nameOf);
  for (const target of targets) {
    const manner = manners[target.id];
    if (manner !== undefined) receiver.manners.set(nameOf(target), manner);
  }
  return () => {
    for (const name of struck) receiver.manners.delete(name);
  };
}

/** The same for a while. Returns how many requests were not answered with 2xx meanwhile, or came at all. */
export async function misbehaveFor(
  deliveries: Deliveries,
  manners: Manners,
  {
    milliseconds,
    signal,
    count = 'failed',
  }: { milliseconds: number; signal: AbortSignal; count?: 'failed' | 'all' },
): Promise<number> {
  const { receiver, targets } = deliveries;
  const names = new Set(targets.filter(({ id }) => manners[id] !== undefined).map(nameOf));
  const from = receiver.got.length;
  const struck = () =>
    receiver.got
      .slice(from)
      .filter(
        (each) =>
          names.has(each.endpoint) && each.status !== 'pending' && (count === 'all' || !isDelivered(each)),
      ).length;
  const end = misbehave(deliveries, manners);
  try {
    return await stay(milliseconds, signal, { struck, nothing: 'no request came to the endpoint' });
  } finally {
    end();
    await sleep(100, signal);
  }
}

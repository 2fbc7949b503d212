import type pg from 'pg';
import {
  countWaiting,
  deleteRegistered,
  isRegistered,
  type Reference,
  type Registered,
  referencesTo,
} from '../postgres/registry/remove.ts';

export type { Reference, Registered } from '../postgres/registry/remove.ts';

/** Open rejections are counted up to this many. */
export const MOST_COUNTED = 10_000;

type RemovalCheck =
  | { readonly kind: 'missing' }
  /** It stays: these refer to it. */
  | { readonly kind: 'referred'; readonly by: readonly Reference[] }
  /** Nothing refers to it. So many open rejections, at most MOST_COUNTED, name it: they stay, and wait on. */
  | { readonly kind: 'free'; readonly waiting: number };

/** Whether a tenant, client or event type could be removed. Reads all messages where none refers to it. */
export async function checkRemoval(pool: pg.Pool, row: Registered): Promise<RemovalCheck> {
  if (!(await isRegistered(pool, row))) return { kind: 'missing' };
  const by = await referencesTo(pool, row);
  if (by.length > 0) return { kind: 'referred', by };
  return { kind: 'free', waiting: await countWaiting(pool, row, MOST_COUNTED) };
}

type Removal = { readonly kind: 'removed' } | Exclude<RemovalCheck, { kind: 'free' }>;

/** Removes a tenant, client or event type that nothing refers to; else it stays as it is. */
export async function remove(pool: pg.Pool, row: Registered): Promise<Removal> {
  const outcome = await deleteRegistered(pool, row);
  if (outcome !== 'referred') return { kind: outcome };
  return { kind: 'referred', by: await referencesTo(pool, row) };
}

import type pg from 'pg';
import { rejectionStates } from '../postgres/rejections/change.ts';

/** A rejection that was named by its number and is not open. */
export interface NotOpen {
  readonly id: string;
  /** `missing`: there is none with that number. */
  readonly state: string;
}

/** Returns those of the named rejections that are not open. */
export async function notOpen(pool: pg.Pool, ids: readonly string[] | undefined): Promise<NotOpen[]> {
  if (ids === undefined) return [];
  const states = await rejectionStates(pool, ids);
  return ids
    .map((id) => ({ id, state: states.get(BigInt(id).toString()) ?? 'missing' }))
    .filter(({ state }) => state !== 'open');
}

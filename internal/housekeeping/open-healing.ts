import type pg from 'pg';
import { toStoreError } from '../postgres/errors.ts';
import { PostgresHealingTurn } from '../postgres/healing/turn.ts';
import { LOCKS, runOnce } from './once.ts';
import type { Healing } from '../processor/healing/ports.ts';

/** The healing of the database that the pool belongs to. */
export function openHealing(pool: pg.Pool): Healing {
  return {
    async turn(work) {
      try {
        return await runOnce(pool, LOCKS.heal, (client) => work(new PostgresHealingTurn(client)));
      } catch (error) {
        throw toStoreError(error);
      }
    },
  };
}

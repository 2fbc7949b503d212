import { StoreError } from '../../processor/ports.ts';
import type { Healing, HealingTurn } from '../../housekeeping/ports.ts';
import type { Database } from './database.ts';
import type { Life } from './life.ts';
import type { Wire } from './wire.ts';

/** pg's query_timeout. */
const PATIENCE_MS = 35_000;

/** The healing of the database as one life reaches it. Each turn is a session, which ends with its life at the latest. */
export function healingPort(life: Life, { database, wire }: { database: Database; wire: Wire }): Healing {
  const call = <T>(words: string, effect: () => T): Promise<T> =>
    wire.call<T>({
      life,
      service: 'database',
      patienceMs: PATIENCE_MS,
      failure: (how) => new StoreError('unavailable', how, '08006', undefined),
      words: () => `heals: ${words}`,
      effect,
    });
  const { healing } = database;
  const turn: HealingTurn = {
    due: ({ lookMs, sweepMs, earlyMs }) =>
      call('reads what is due', () => ({
        page: healing.due('page', { longestMs: 60_000 }),
        look: healing.due('look', { longestMs: lookMs }),
        sweep: healing.due('sweep', { longestMs: sweepMs, earlyMs }),
      })),
    look: (options) => call('looks', () => healing.look(options)),
    sweep: (options) => call('sweeps', () => healing.sweep(options)),
    page: (limits) => call('reads a page', () => healing.page(limits)),
    advance: (steps, options) => call('advances', () => healing.advance(steps, options)),
    postpone: (tasks, byMs) =>
      call('postpones', () => {
        const ids = tasks.map(({ id }) => id);
        healing.postpone(ids, byMs);
      }),
    pause: (forMs) => call('pauses', () => healing.pause(forMs)),
  };
  return {
    async turn(work) {
      let open = true;
      const session = {
        get alive() {
          return open && life.alive;
        },
      };
      try {
        if (!(await call('asks for the lock', () => database.lockHealing(session)))) return undefined;
        return await work(turn);
      } finally {
        open = false;
      }
    },
  };
}

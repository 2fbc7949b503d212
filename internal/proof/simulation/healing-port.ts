import { StoreError } from '../../processor/ports.ts';
import type { Healing } from '../../processor/healing/ports.ts';
import type { Database } from './database.ts';
import { turnOn } from './healing.ts';
import type { Life } from './life.ts';
import type { Wire } from './wire.ts';

/** pg's query_timeout. */
const PATIENCE_MS = 35_000;

/**
 * The healing as one processor reaches it. Each turn is a session, which ends no later than its processor.
 */
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
  const turn = turnOn(database.healing, call);
  return {
    async turn(work) {
      let open = true;
      const session = {
        get alive() {
          return open && life.alive;
        },
      };
      try {
        if (!(await call('lock', () => database.lockHealing(session)))) return undefined;
        return await work(turn);
      } finally {
        open = false;
      }
    },
  };
}

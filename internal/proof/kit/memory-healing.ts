import type { Healing, HealingTurn } from '../../housekeeping/ports.ts';
import { HealingTasks, type Names } from '../simulation/healing.ts';
import type { MemoryStore } from './memory-store.ts';

/** The healing of a store in memory. A registration is told to it: there are no triggers. */
export class MemoryHealing implements Healing {
  readonly tasks: HealingTasks;
  /** Called before each step of a turn; what it throws is the step's failure. */
  before: (step: keyof HealingTurn) => void = () => {};
  readonly #store: MemoryStore;
  #busy = false;

  constructor(store: MemoryStore) {
    this.#store = store;
    this.tasks = new HealingTasks({ now: () => performance.now(), healable: () => store.healable() });
  }

  register(names: Partial<Names>): void {
    const { tenantId = '', clientId, eventType } = names;
    this.#store.tenants.add(tenantId);
    if (clientId !== undefined) this.#store.clients.add(`${tenantId}/${clientId}`);
    if (eventType !== undefined) this.#store.register(tenantId, eventType, '0', null);
    this.tasks.add(names);
  }

  async turn<T>(work: (turn: HealingTurn) => Promise<T>): Promise<T | undefined> {
    if (this.#busy) return undefined;
    this.#busy = true;
    try {
      return await work(this.#turn());
    } finally {
      this.#busy = false;
    }
  }

  #turn(): HealingTurn {
    const step = async <R>(name: keyof HealingTurn, does: () => R): Promise<R> => {
      this.before(name);
      return does();
    };
    const { tasks } = this;
    return {
      due: ({ lookMs, sweepMs, earlyMs }) =>
        step('due', () => ({
          page: tasks.due('page', { longestMs: 60_000 }),
          look: tasks.due('look', { longestMs: lookMs }),
          sweep: tasks.due('sweep', { longestMs: sweepMs, earlyMs }),
        })),
      look: (options) => step('look', () => tasks.look(options)),
      sweep: (options) => step('sweep', () => tasks.sweep(options)),
      page: (limits) => step('page', () => tasks.page(limits)),
      advance: (steps, options) => step('advance', () => tasks.advance(steps, options)),
      postpone: (postponed, byMs) =>
        step('postpone', () => {
          const ids = postponed.map(({ id }) => id);
          tasks.postpone(ids, byMs);
        }),
      pause: (forMs) => step('pause', () => tasks.pause(forMs)),
    };
  }
}

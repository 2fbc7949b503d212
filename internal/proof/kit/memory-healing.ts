import type { Healing, HealingTurn } from '../../processor/healing/ports.ts';
import { HealingTasks, type Names, turnOn } from '../simulation/healing.ts';
import type { MemoryStore } from './memory-store.ts';

/** The healing of a store in memory. It has no triggers, so registrations must be reported to it. */
export class MemoryHealing implements Healing {
  readonly tasks: HealingTasks;
  /** Called before each step of a turn; an error that it throws becomes the step's failure. */
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
      return await work(
        turnOn(this.tasks, async (step, does) => {
          this.before(step);
          return does();
        }),
      );
    } finally {
      this.#busy = false;
    }
  }
}

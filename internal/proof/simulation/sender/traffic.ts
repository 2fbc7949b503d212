import type { Random } from '../../../load/random.ts';
import type { Message } from '../../../sender/ports.ts';
import { EPOCH_MS, type VirtualClock } from '../clock.ts';
import type { Trace } from '../trace.ts';
import type { Deliveries } from './deliveries.ts';
import { CLIENTS, type Scenario, TYPES } from './scenario.ts';

interface TrafficParts {
  readonly clock: VirtualClock;
  readonly random: Random;
  readonly trace: Trace;
  readonly scenario: Scenario;
  readonly database: Deliveries;
}

/** The processors that store messages: their transactions commit late, in any order, or roll back. */
export class Traffic {
  readonly #parts: TrafficParts;
  #count = 0;
  /** Transactions that have not ended or not begun. */
  waiting = 0;

  constructor(parts: TrafficParts) {
    this.#parts = parts;
  }

  plan(): void {
    const { clock, random, scenario } = this.#parts;
    this.waiting = scenario.transactions;
    for (let i = 0; i < scenario.transactions; i += 1)
      clock.after(random.between(0, scenario.quietFromMs), () => this.#store());
  }

  /** One message for every client, at the end. */
  storeLast(): void {
    const { database } = this.#parts;
    const messages = ['default', 'acme'].flatMap((tenantId) =>
      CLIENTS.map((clientId) => this.#message(tenantId, clientId)),
    );
    database.storing(messages).commit();
  }

  #message(tenantId: string, clientId: string, delayed = false) {
    const { clock, random, scenario, database } = this.#parts;
    this.#count += 1;
    const untilMs = scenario.quietFromMs + 30_000 - clock.nowMs;
    const deliverAfterMs = EPOCH_MS + Math.floor(clock.nowMs + random.between(0, untilMs));
    return {
      id: database.mintId(),
      tenantId,
      clientId,
      eventId: `event-${this.#count}`,
      eventType: random.pick(TYPES),
      deliverAfterMs: delayed ? deliverAfterMs : undefined,
    };
  }

  #store(): void {
    const { clock, random, scenario } = this.#parts;
    const messages = Array.from({ length: random.whole(1, 2 * scenario.messagesEach - 1) }, () =>
      this.#message(
        random.pick(['default', 'default', 'acme']),
        random.pick(CLIENTS),
        random.chance(scenario.delayedRate),
      ),
    );
    // Ids are minted when an event is decided, and its batch may wait for the database.
    const waits = random.chance(scenario.lateRate);
    const leftMs = Math.max(0, scenario.quietFromMs - clock.nowMs);
    clock.after(waits ? Math.min(leftMs, random.between(0, scenario.lateMs)) : 0, () =>
      this.#commit(messages),
    );
  }

  #commit(messages: readonly Partial<Message>[]): void {
    const { clock, random, scenario, database, trace } = this.#parts;
    const transaction = database.storing(messages);
    const rollsBack = random.chance(0.05);
    const isLate = random.chance(scenario.lateRate);
    const leftMs = Math.max(0, scenario.quietFromMs - clock.nowMs);
    clock.after(
      Math.min(leftMs, isLate ? random.between(0, scenario.lateMs) : random.between(0.2, 5)),
      () => {
        this.waiting -= 1;
        if (rollsBack) transaction.rollback();
        else transaction.commit();
        trace.note(
          () =>
            `${messages.map(({ eventId }) => eventId).join()} ${rollsBack ? 'are rolled back' : 'are stored'}`,
        );
      },
    );
  }
}

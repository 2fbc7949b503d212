import type { Random } from '../../../load/random.ts';
import type { Endpoint } from '../../../sender/ports.ts';
import { EPOCH_MS, type VirtualClock } from '../clock.ts';
import type { Trace } from '../trace.ts';
import { clientOf, type Deliveries } from './deliveries.ts';
import type { Requests } from './requests.ts';
import type { PlannedEndpoint, Scenario } from './scenario.ts';
import { Tracked } from './tracked.ts';

interface OperatorParts {
  readonly clock: VirtualClock;
  readonly random: Random;
  readonly trace: Trace;
  readonly scenario: Scenario;
  readonly database: Deliveries;
  readonly requests: () => Requests;
  readonly tracked: Map<number, Tracked>;
}

/** Those who add, change and remove endpoints, ask for replays, and let retention drop messages. */
export class Operators {
  readonly #parts: OperatorParts;

  constructor(parts: OperatorParts) {
    this.#parts = parts;
  }

  plan(): void {
    const { clock, random, scenario } = this.#parts;
    const soon = (action: () => void) => clock.after(random.between(0, scenario.quietFromMs), action);
    for (const planned of scenario.endpoints) clock.after(planned.addedAtMs, () => this.#add(planned));
    for (let i = 0; i < scenario.changes; i += 1) soon(() => this.#change());
    for (let i = 0; i < scenario.replays; i += 1) soon(() => this.#replay());
    for (let i = 0; i < scenario.dropped; i += 1) soon(() => this.#drop());
  }

  /** At the beginning of the quiet period: what was disabled or paused is made active, most of it. */
  reactivate(): void {
    const { database, random } = this.#parts;
    for (const { number, state } of database.endpointRows.values())
      if (state !== 'active' && random.chance(0.8)) this.#set(number, { state: 'active' });
  }

  #add(planned: PlannedEndpoint): void {
    const { clock, random, database, tracked, trace } = this.#parts;
    const { number = 1, url = '' } = planned.settings;
    const free = tracked.has(number) ? Math.max(...tracked.keys()) + 1 : number;
    const given = { ...planned.settings, number: free, id: `endpoint-${free}`, url: `${url}${free}` };
    const added = database.tryToAdd(given);
    if (added === undefined) {
      clock.after(random.between(50, 500), () => this.#add(planned));
      return;
    }
    trace.note(() => `endpoint ${free} is added: ${JSON.stringify(given)}`);
    const since = database.markRows.get(free)?.xid ?? 0n;
    const { endpoint, isFirst } = added;
    tracked.set(free, new Tracked(endpoint, isFirst, planned.receiver, since, EPOCH_MS + clock.nowMs));
  }

  #one(): Tracked | undefined {
    const { tracked, random } = this.#parts;
    const all = [...tracked.values()].filter(({ isRemoved }) => !isRemoved);
    return all.length === 0 ? undefined : random.pick(all);
  }

  #change(): void {
    const { random, database, trace } = this.#parts;
    const one = this.#one();
    if (one === undefined) return;
    switch (random.pick(['state', 'state', 'state', 'concurrency', 'types', 'removed'] as const)) {
      case 'removed':
        trace.note(() => `endpoint ${one.number} is removed`);
        one.isRemoved = true;
        database.removeEndpoint(one.number);
        return;
      case 'types': {
        const eventTypes = random.pick([null, ['order.*'], ['user-app']]);
        one.setTypes(eventTypes);
        this.#set(one.number, { eventTypes });
        return;
      }
      case 'concurrency': {
        const concurrency = random.pick([1, 8, 32]);
        if (!one.ordered) one.mostConcurrency = Math.max(one.mostConcurrency, concurrency);
        this.#set(one.number, { concurrency });
        return;
      }
      case 'state': {
        const isActive = database.endpointRows.get(one.number)?.state === 'active';
        this.#set(one.number, { state: isActive ? 'paused' : 'active' });
      }
    }
  }

  #set(number: number, change: Partial<Endpoint>): void {
    const { database, requests, trace } = this.#parts;
    trace.note(() => `endpoint ${number} is changed: ${JSON.stringify(change)}`);
    database.changeEndpoint(number, change);
    if (change.state === 'active') requests().reactivated(number);
  }

  #replay(): void {
    const { random, database, trace } = this.#parts;
    const one = this.#one();
    if (one === undefined) return;
    const messages = database.stored.filter(({ message }) => clientOf(message) === one.client);
    const chosen = random.some(messages, random.pick([0.1, 1])).map(({ message }) => message.id);
    for (const id of chosen) one.replays.set(id, (one.replays.get(id) ?? 0) + 1);
    trace.note(() => `${chosen.length} messages are replayed to endpoint ${one.number}`);
    database.replay(one.number, chosen);
  }

  /** Retention drops the oldest messages. */
  #drop(): void {
    const { random, database, trace } = this.#parts;
    const oldest = database.stored.slice(0, random.whole(0, database.stored.length));
    trace.note(() => `${oldest.length} messages are dropped`);
    for (const { message } of oldest) database.messageRows.delete(message.id);
  }
}

import {
  type DeliveryStore,
  type Endpoint,
  type HeldShard,
  type Holding,
  type Lane,
  type LaneDelivery,
  type LanePage,
  type LaneStart,
  type Mark,
  type Message,
  type Owner,
  type Position,
  type Results,
  type Retry,
  SHARD_STEP,
  SHARDS,
} from '../../sender/ports.ts';
import { FREE, keyOf, MemoryDeliveryRows } from './memory-delivery-rows.ts';

/** The outcomes that settle a delivery. */
const SETTLING: ReadonlySet<string> = new Set(['delivered', 'dead', 'lost']);

/** What the sender works with, in memory, with the same outcomes as on PostgreSQL. */
export class MemoryDeliveryStore extends MemoryDeliveryRows implements DeliveryStore {
  /** Called before each method; an error that it throws becomes the method's failure, and nothing is written. */
  before: (method: keyof DeliveryStore) => void | Promise<void> = () => {};
  /** Called after each method; an error that it throws replaces the result of what was done. */
  after: (method: keyof DeliveryStore) => void | Promise<void> = () => {};

  async #run<T>(method: keyof DeliveryStore, work: () => T): Promise<T> {
    await this.before(method);
    const result = work();
    await this.after(method);
    return result;
  }

  hold({ id, leaseSeconds }: Owner, releasing: readonly number[]): Promise<Holding> {
    return this.#run('hold', () => {
      const now = this.now();
      const untilMs = now + leaseSeconds * 1_000;
      for (const [other, until] of this.senders) if (until < now) this.senders.delete(other);
      this.senders.set(id, untilMs);
      const share = Math.ceil(SHARDS / this.senders.size);
      const released = this.shards.filter((shard) => shard.owner === id && releasing.includes(shard.id));
      for (const shard of released) Object.assign(shard, FREE);
      const own = this.shards.filter(({ owner }) => owner === id);
      for (const shard of own) shard.untilMs = untilMs;
      const free = this.shards.filter(
        (shard) => !own.includes(shard) && !released.includes(shard) && !(shard.untilMs >= now),
      );
      free.sort((a, b) => ((a.id * SHARD_STEP) % SHARDS) - ((b.id * SHARD_STEP) % SHARDS));
      for (const shard of free.slice(0, Math.max(0, share - own.length)))
        Object.assign(shard, { owner: id, epoch: shard.epoch + 1, untilMs });
      const held = this.shards.filter(({ owner }) => owner === id);
      return { held: held.map(({ id: shard, epoch }) => ({ id: shard, epoch })), share };
    });
  }

  leave({ id }: Owner): Promise<void> {
    return this.#run('leave', () => {
      this.senders.delete(id);
      for (const shard of this.shards) if (shard.owner === id) Object.assign(shard, FREE);
    });
  }

  revision(): Promise<number> {
    return this.#run('revision', () => this.lastRevision);
  }

  endpointsOf(shards: readonly number[]): ReturnType<DeliveryStore['endpointsOf']> {
    return this.#run('endpointsOf', () =>
      [...this.endpointRows.values()]
        .filter(({ number }) => shards.includes(number % SHARDS))
        .map(({ number, revision }) => ({ number, revision })),
    );
  }

  endpoints(numbers: readonly number[]): Promise<readonly Endpoint[]> {
    return this.#run('endpoints', () =>
      numbers.flatMap((number) => {
        const endpoint = this.endpointRows.get(number);
        if (endpoint === undefined) return [];
        const secrets = endpoint.secrets.filter((each) => (each.expiresAtMs ?? Infinity) > this.now());
        return [{ ...endpoint, secrets }];
      }),
    );
  }

  marks(endpoints: readonly number[]): Promise<readonly Mark[]> {
    return this.#run('marks', () => endpoints.flatMap((number) => this.markRows.get(number) ?? []));
  }

  behind(marks: readonly Mark[], to: Position): Promise<readonly number[]> {
    return this.#run('behind', () =>
      marks.flatMap(({ endpoint, xid }) => {
        const row = this.endpointRows.get(endpoint);
        const waits = this.committed.some(
          (lane) => row !== undefined && isOf(lane, row) && xid <= lane.xid && lane.xid < to,
        );
        return waits ? [endpoint] : [];
      }),
    );
  }

  settledAmong(deliveries: readonly LaneDelivery[], factsFrom: string): Promise<readonly LaneDelivery[]> {
    return this.#run('settledAmong', () => {
      const settled = new Set<string>();
      for (const fact of this.facts.values())
        if (fact.id >= factsFrom && SETTLING.has(fact.outcome)) settled.add(keyOf(fact));
      return deliveries.filter((delivery) => {
        const key = keyOf({ ...delivery, unit: 0 });
        return settled.has(key) || this.retryRows.has(key) || this.deadRows.has(key);
      });
    });
  }

  retries(endpoints: readonly number[], limit: number): Promise<readonly Retry[]> {
    return this.#run('retries', () =>
      endpoints.flatMap((number) => {
        const all = [...this.retryRows.values()]
          .filter(({ endpoint }) => endpoint === number)
          .toSorted((a, b) => a.dueAtMs - b.dueAtMs || (a.messageId < b.messageId ? -1 : 1));
        const head = all.findIndex(({ unit, lastError }) => unit === 0 && lastError !== undefined);
        return head < limit ? all.slice(0, limit) : [...all.slice(0, limit), ...all.slice(head, head + 1)];
      }),
    );
  }

  horizon(): Promise<Position> {
    return this.#run('horizon', () => this.position());
  }

  lanes(from: Position, to: Position, limit: number): Promise<LanePage> {
    return this.#run('lanes', () => this.#between(this.committed, { from, to, limit }));
  }

  lanesOf(clients: readonly LaneStart[], to: Position, limit: number): Promise<readonly LanePage[]> {
    return this.#run('lanesOf', () =>
      clients.map((client) =>
        this.#between(
          this.committed.filter((lane) => isOf(lane, client)),
          { from: client.from, to, limit },
        ),
      ),
    );
  }

  #between(
    lanes: readonly Lane[],
    { from, to, limit }: { readonly from: Position; readonly to: Position; readonly limit: number },
  ): LanePage {
    const all = lanes.filter(({ xid }) => from <= xid && xid < to);
    const last = all[limit - 1]?.xid;
    if (last === undefined) return { lanes: all, readTo: to };
    return { lanes: all.filter(({ xid }) => xid <= last), readTo: last + 1n };
  }

  messages(ids: readonly string[]): Promise<readonly Message[]> {
    return this.#run('messages', () => ids.flatMap((id) => this.messageRows.get(id) ?? []));
  }

  record(owner: Owner, results: Results): Promise<readonly number[]> {
    return this.#run('record', () => {
      const holds = ({ id, epoch }: HeldShard) => {
        const shard = this.shards[id];
        return shard?.owner === owner.id && shard.epoch === epoch;
      };
      const fenced = new Set(results.held.filter(holds).map(({ id }) => id));
      for (const fact of results.facts) {
        const key = `${fact.endpoint}/${fact.id}`;
        const givesUp = fact.outcome === 'dead' || fact.outcome === 'lost';
        const isStale = givesUp && !fenced.has(fact.endpoint % SHARDS);
        if (!this.facts.has(key)) this.facts.set(key, isStale ? { ...fact, outcome: 'failed' } : fact);
      }
      const may = ({ endpoint }: { readonly endpoint: number }) =>
        fenced.has(endpoint % SHARDS) && this.endpointRows.has(endpoint);
      for (const retry of results.retries.filter(may)) this.retryRows.set(keyOf(retry), retry);
      for (const key of results.settled.filter(may)) this.retryRows.delete(keyOf(key));
      for (const dead of results.dead.filter(may)) this.deadRows.set(keyOf(dead), dead);
      for (const mark of results.marks.filter(may)) this.markRows.set(mark.endpoint, mark);
      for (const { endpoint, reason } of results.disabled.filter(may)) this.#disable(endpoint, reason);
      return results.held.filter((shard) => !fenced.has(shard.id)).map(({ id }) => id);
    });
  }

  #disable(number: number, reason: string): void {
    if (this.endpointRows.get(number)?.state === 'disabled') return;
    this.disabled.set(number, reason);
    this.changeEndpoint(number, { state: 'disabled' });
  }
}

function isOf(a: Pick<Lane, 'tenantId' | 'clientId'>, b: Pick<Lane, 'tenantId' | 'clientId'>): boolean {
  return a.tenantId === b.tenantId && a.clientId === b.clientId;
}

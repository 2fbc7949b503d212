import type { Gate } from '../waiting/gate.ts';
import { sleep } from '../waiting/sleep.ts';
import {
  DeliveryStoreError,
  type DeliveryStore,
  type HeldShard,
  type Log,
  type Owner,
  SHARD_STEP,
  SHARDS,
} from './ports.ts';

const RENEW_MS = 5_000;
/** While a shard is being given up, others wait for it. */
const RELEASE_MS = 200;
/** Between the check of the lease and the request there may be this much. */
const MARGIN_MS = 1_000;

interface OwnershipParts {
  readonly store: Pick<DeliveryStore, 'hold' | 'leave'>;
  readonly owner: Owner;
  readonly gate: Gate;
  readonly log: Log;
  /** This process serves the shard from now on. */
  readonly gained: (shards: readonly HeldShard[]) => void;
  /** Nothing of the shard may begin any more. */
  readonly leaving: (shard: HeldShard) => void;
  /** Whether nothing of the shard is in flight or waits to be written down. */
  readonly isQuiet: (shard: HeldShard) => boolean;
  /** Another process serves the shard, or may do so. */
  readonly lost: (shard: HeldShard) => void;
}

/**
 * The shards that this process serves. It holds them with a lease and renews it; its share depends on how many processes are
 * alive. What it holds beyond its share it gives up as soon as nothing is in flight there.
 */
export class Ownership {
  readonly #parts: OwnershipParts;
  readonly #held = new Map<number, HeldShard>();
  readonly #leaving = new Set<number>();
  /** By the monotonic clock. */
  #validUntilMs = 0;

  constructor(parts: OwnershipParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#held.size;
  }

  /** Those that are not being given up. */
  get staying(): HeldShard[] {
    return [...this.#held.values()].filter(({ id }) => !this.#leaving.has(id));
  }

  /** Whether what takes that long may begin now: it ends before the lease does. */
  lastsFor(milliseconds: number): boolean {
    return performance.now() + milliseconds + MARGIN_MS < this.#validUntilMs;
  }

  /** Holds shards until the signal. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#renew();
        this.#parts.gate.succeeded(this);
      } catch (error) {
        if (!(error instanceof DeliveryStoreError)) throw error;
        await this.#parts.gate.failed(this, error, signal, 1_000);
        continue;
      }
      await sleep(this.#leaving.size > 0 ? RELEASE_MS : RENEW_MS, signal);
    }
  }

  /** At the end, when nothing is in flight: lets others take over at once. */
  async leave(): Promise<void> {
    this.#validUntilMs = 0;
    await this.#parts.store.leave(this.#parts.owner);
  }

  /** The store says that another process holds these; with another epoch, they were taken back meanwhile. */
  forget(shards: readonly HeldShard[]): void {
    for (const { id, epoch } of shards) if (this.#held.get(id)?.epoch === epoch) this.#lose(id);
  }

  async #renew(): Promise<void> {
    const { store, owner, isQuiet, leaving } = this.#parts;
    const releasing = [...this.#leaving].filter((id) => isQuiet(this.#held.get(id) as HeldShard));
    const askedAtMs = performance.now();
    const { held, share } = await store.hold(owner, releasing);
    this.#validUntilMs = askedAtMs + owner.leaseSeconds * 1000;
    this.#compare(held);
    const { staying } = this;
    const divided = staying.sort((a, b) => placeOf(a) - placeOf(b));
    for (const shard of divided.slice(0, Math.max(0, staying.length - share))) {
      this.#leaving.add(shard.id);
      leaving(shard);
    }
  }

  #compare(held: readonly HeldShard[]): void {
    const { gained, log } = this.#parts;
    const now = new Map(held.map((shard) => [shard.id, shard]));
    // With another epoch, it was lost in between.
    for (const { id, epoch } of this.#held.values()) if (now.get(id)?.epoch !== epoch) this.#lose(id);
    const fresh = held.filter(({ id }) => !this.#held.has(id));
    for (const shard of fresh) this.#held.set(shard.id, shard);
    if (fresh.length === 0) return;
    log.info({ shards: this.#held.size, gained: fresh.length }, 'serving more shards');
    gained(fresh);
  }

  #lose(id: number): void {
    const shard = this.#held.get(id);
    if (shard === undefined) return;
    this.#held.delete(id);
    this.#leaving.delete(id);
    this.#parts.lost(shard);
  }
}

function placeOf({ id }: HeldShard): number {
  return (id * SHARD_STEP) % SHARDS;
}

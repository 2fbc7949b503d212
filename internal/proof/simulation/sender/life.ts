import type { Random } from '../../../load/random.ts';
import { uuid7LowerBound } from '../../../event/uuid7.ts';
import type { Holding, Owner as ShardOwner } from '../../../sender/ports.ts';
import { Sender } from '../../../sender/sender.ts';
import type { SenderPorts, SenderSettings } from '../../../sender/settings.ts';
import { EPOCH_MS, type Owner, type VirtualClock } from '../clock.ts';
import type { Trace } from '../trace.ts';

export type LifeEnd = 'ended' | 'killed' | { readonly error: unknown };

interface LifeParts {
  readonly name: string;
  readonly clock: VirtualClock;
  readonly trace: Trace;
  readonly random: Random;
  readonly settings: SenderSettings;
  readonly ports: (life: Life) => SenderPorts;
  readonly over: (life: Life, end: LifeEnd) => void;
}

/** One sender process, from its start until it ends or is killed. */
export class Life implements Owner {
  readonly name: string;
  readonly sender: Sender;
  alive = true;
  thawsAtMs = 0;
  wallErrorMs = 0;
  /** The greatest time that its wall clock has shown. */
  latestWallMs = 0;
  partitionedUntilMs = 0;
  drainedAtMs: number | undefined;
  stoppedAtMs: number | undefined;
  /** When a call to the store last failed or was slow. */
  troubledAtMs = -1;
  /** As the store knows it. */
  owner: string | undefined;
  /** By shard, as the store has told it. */
  readonly epochs = new Map<number, number>();
  readonly #parts: LifeParts;
  readonly #drain = new AbortController();
  readonly #stop = new AbortController();
  #lastMs = 0;
  #minted = 0;

  constructor(parts: LifeParts) {
    this.name = parts.name;
    this.#parts = parts;
    this.sender = new Sender(parts.ports(this), parts.settings, (nowMs) => this.#mint(nowMs));
  }

  get isFrozen(): boolean {
    return this.thawsAtMs > this.#parts.clock.nowMs;
  }

  get wallMs(): number {
    return EPOCH_MS + Math.floor(this.#parts.clock.nowMs + this.wallErrorMs);
  }

  start(): void {
    const { clock, trace, over } = this.#parts;
    trace.note(() => `${this.name} starts`);
    clock.runAs(this, () => {
      this.sender.run({ drain: this.#drain.signal, stop: this.#stop.signal }).then(
        () => over(this, 'ended'),
        (error: unknown) => over(this, { error }),
      );
    });
  }

  /** Runs it in the process, as soon as that runs; never when it is dead. */
  tell(action: () => void): void {
    const { clock } = this.#parts;
    if (!this.alive) return;
    if (this.isFrozen) clock.after(this.thawsAtMs - clock.nowMs, () => this.tell(action));
    else clock.runAs(this, action);
  }

  drain(): void {
    this.tell(() => {
      if (this.drainedAtMs !== undefined) return;
      this.#parts.trace.note(() => `${this.name} is told to drain`);
      this.drainedAtMs = this.#parts.clock.nowMs;
      this.#drain.abort();
    });
  }

  stop(): void {
    this.tell(() => {
      if (this.stoppedAtMs !== undefined) return;
      this.#parts.trace.note(() => `${this.name} is told to stop`);
      this.stoppedAtMs = this.#parts.clock.nowMs;
      this.#stop.abort();
    });
  }

  freeze(untilMs: number): void {
    this.#parts.trace.note(() => `${this.name} freezes until ${(untilMs / 1000).toFixed(3)} s`);
    this.thawsAtMs = Math.max(this.thawsAtMs, untilMs);
    this.troubledAtMs = this.thawsAtMs;
  }

  crash(when: string): void {
    if (!this.alive) return;
    this.#parts.trace.note(() => `${this.name} is killed ${when}`);
    this.#parts.over(this, 'killed');
  }

  /** What the store told it about its shards. */
  told(owner: ShardOwner, { held }: Holding): void {
    this.owner = owner.id;
    this.epochs.clear();
    for (const { id, epoch } of held) this.epochs.set(id, epoch);
  }

  /** Frees its memory: a signal with listeners is kept alive, and the process with it, until it aborts. */
  bury(): void {
    this.alive = false;
    this.#stop.abort();
  }

  /** UUIDv7s that grow within the process, like those of mintUuid7, but are the same in every run. */
  #mint(nowMs = this.wallMs): string {
    this.#lastMs = Math.max(this.#lastMs, nowMs);
    this.#minted += 1;
    const bits = (0x1000 * this.#minted + this.#parts.random.whole(0, 0xfff)).toString(16).padStart(12, '0');
    return `${uuid7LowerBound(this.#lastMs).slice(0, 14)}7000-8000-${bits}`;
  }
}

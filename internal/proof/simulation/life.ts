import { healRejections } from '../../processor/healing/heal-rejections.ts';
import type { Healing } from '../../processor/healing/ports.ts';
import { Processor } from '../../processor/processor.ts';
import type { ProcessorPorts, ProcessorSettings } from '../../processor/settings.ts';
import { SchemaRegistry } from '../../processor/schemas.ts';
import type { Owner, VirtualClock } from './clock.ts';
import type { Fail } from './expectations.ts';
import type { Trace } from './trace.ts';
import { Witness } from './witness.ts';

export type Ending = 'ended' | 'killed' | { readonly error: unknown };

const LINGER_MS = 3_000;

/** Time for a page of the healing that is in progress at the drain. */
const HEALING_ENDS_MS = 1_000;

interface LifeParts {
  readonly name: string;
  readonly clock: VirtualClock;
  readonly trace: Trace;
  readonly settings: ProcessorSettings;
  readonly ports: (life: Life) => ProcessorPorts;
  readonly healing: (life: Life) => Healing;
  readonly replayIntervalSeconds: number;
  readonly fail: Fail;
  readonly over: (life: Life, ending: Ending) => void;
}

/** One processor, from its start until it ends or is killed. */
export class Life implements Owner {
  readonly name: string;
  readonly processor: Processor;
  readonly witness: Witness;
  alive = true;
  /**
   * The processor has ended by itself. Its process stays alive for a while, and late answers still arrive.
   */
  ended = false;
  drainedAtMs: number | undefined;
  stoppedAtMs: number | undefined;
  readonly #parts: LifeParts;
  readonly #drain = new AbortController();
  readonly #stop = new AbortController();
  readonly #closing = new AbortController();
  readonly #ports: ProcessorPorts;
  /** Number of rejections that its healing replayed. */
  replayed = 0;

  constructor(parts: LifeParts) {
    const { name, clock, settings, fail } = parts;
    this.name = name;
    this.#parts = parts;
    this.witness = new Witness({
      name,
      now: () => clock.nowMs,
      visibilityTimeoutMs: settings.visibilityTimeoutSeconds * 1000,
      fail,
    });
    this.#ports = parts.ports(this);
    this.processor = new Processor(this.#ports, settings);
  }

  start(): void {
    this.#parts.trace.note(() => `${this.name} starts`);
    this.#parts.clock.runAs(this, () => {
      this.#run().then(
        () => this.#over('ended'),
        (error: unknown) => this.#over({ error }),
      );
    });
  }

  /** Runs the processor and the healing side by side, as cmd/processor does. */
  async #run(): Promise<void> {
    const [drain, stop] = [this.#drain.signal, this.#stop.signal];
    const closing = AbortSignal.any([drain, stop, this.#closing.signal]);
    const healing = this.#heal(closing);
    const moment = new Promise((resolve) => {
      closing.addEventListener('abort', () => setTimeout(resolve, HEALING_ENDS_MS), { once: true });
    });
    await this.processor.run({ drain, stop });
    this.#closing.abort();
    await Promise.race([healing, moment]);
  }

  async #heal(closing: AbortSignal): Promise<void> {
    const { healing, replayIntervalSeconds, settings } = this.#parts;
    const { store, log } = this.#ports;
    const replayed = (rejections: number) => {
      this.replayed += rejections;
    };
    const parts = {
      healing: healing(this),
      store,
      log,
      replayed,
      schemas: new SchemaRegistry(),
      mappings: this.processor.mappings,
    };
    const { maxExpandedBytes } = settings;
    await healRejections({ ...parts, maxExpandedBytes, intervalSeconds: replayIntervalSeconds }, closing);
  }

  /** The first signal: receive no more and finish the work in hand. */
  drain(): void {
    if (!this.alive || this.drainedAtMs !== undefined) return;
    this.#parts.trace.note(() => `${this.name} is told to drain`);
    this.drainedAtMs = this.#parts.clock.nowMs;
    this.#parts.clock.runAs(this, () => this.#drain.abort());
  }

  /** The second signal: give back what is not stored. */
  stop(): void {
    if (!this.alive || this.stoppedAtMs !== undefined) return;
    this.#parts.trace.note(() => `${this.name} is told to stop`);
    this.stoppedAtMs = this.#parts.clock.nowMs;
    this.#parts.clock.runAs(this, () => this.#stop.abort());
  }

  /** Kills the process with everything it was about to do. */
  crash(when: string): void {
    if (this.alive) this.#parts.trace.note(() => `${this.name} is killed ${when}`);
    this.#over('killed');
  }

  /**
   * Frees the processor's memory: Node keeps a signal with listeners alive, and the processor with it, until
   * it aborts.
   */
  bury(): void {
    this.alive = false;
    this.#stop.abort();
  }

  #over(ending: Ending): void {
    if (!this.alive) return;
    if (ending === 'ended') this.#parts.clock.after(LINGER_MS, () => this.crash('after its end'));
    else this.alive = false;
    if (this.ended) return;
    this.ended = true;
    this.#parts.over(this, ending);
  }
}

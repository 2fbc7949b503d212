import { Processor, type ProcessorPorts, type ProcessorSettings } from '../processor/processor.ts';
import type { Owner, VirtualClock } from './clock.ts';
import type { Fail } from './expectations.ts';
import type { Trace } from './trace.ts';
import { Witness } from './witness.ts';

export type Ending = 'ended' | 'killed' | { readonly error: unknown };

const LINGER_MS = 3_000;

interface LifeParts {
  readonly name: string;
  readonly clock: VirtualClock;
  readonly trace: Trace;
  readonly settings: ProcessorSettings;
  readonly ports: (life: Life) => ProcessorPorts;
  readonly fail: Fail;
  readonly over: (life: Life, ending: Ending) => void;
}

/** One processor, from its start to its end or its sudden death. */
export class Life implements Owner {
  readonly name: string;
  readonly processor: Processor;
  readonly witness: Witness;
  alive = true;
  /** It has ended by itself; its process goes on for a while, and late answers reach it. */
  ended = false;
  drainedAtMs: number | undefined;
  stoppedAtMs: number | undefined;
  readonly #parts: LifeParts;
  readonly #drain = new AbortController();
  readonly #stop = new AbortController();

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
    this.processor = new Processor(parts.ports(this), settings);
  }

  start(): void {
    this.#parts.trace.note(() => `${this.name} starts`);
    this.#parts.clock.runAs(this, () => {
      this.processor.run({ drain: this.#drain.signal, stop: this.#stop.signal }).then(
        () => this.#over('ended'),
        (error: unknown) => this.#over({ error }),
      );
    });
  }

  /** The first signal: to receive no more, and finish what is here. */
  drain(): void {
    if (!this.alive || this.drainedAtMs !== undefined) return;
    this.#parts.trace.note(() => `${this.name} is told to drain`);
    this.drainedAtMs = this.#parts.clock.nowMs;
    this.#parts.clock.runAs(this, () => this.#drain.abort());
  }

  /** The second signal: to give back what is not stored. */
  stop(): void {
    if (!this.alive || this.stoppedAtMs !== undefined) return;
    this.#parts.trace.note(() => `${this.name} is told to stop`);
    this.stoppedAtMs = this.#parts.clock.nowMs;
    this.#parts.clock.runAs(this, () => this.#stop.abort());
  }

  /** Dies, with all that it was about to do. */
  crash(when: string): void {
    if (this.alive) this.#parts.trace.note(() => `${this.name} is killed ${when}`);
    this.#over('killed');
  }

  /** Node keeps a signal that somebody listens to, and with it all of a processor: so each is told in the end. */
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

import { readFile } from 'node:fs/promises';
import type { BooksSnapshot } from '#internal/processor/books.ts';
import { until } from '#internal/proof/kit/until.ts';
import type { ChildProgram } from '../../embedded/program.ts';
import { readCounters } from '../../load/counters.ts';
import type { Random } from '../../load/random.ts';
import type { Violation } from './checker.ts';
import { within } from '#internal/proof/kit/within.ts';

const SAMPLE_MS = 250;
const RESTART_MS = 200;
const READY_MS = 60_000;
const END_MS = 40_000;
const KIB = 1024;

/** The final log line of a processor. */
export type Books = BooksSnapshot & { readonly balanced: boolean };

/** One processor as a process. Like a supervisor, restarts it when it fails to start. */
class Processor {
  child: ChildProgram;
  healthPort: number | undefined;
  /** What the test did to it. With `nothing`, an exit is a crash. */
  asked: 'nothing' | 'kill' | 'end' | 'end_now' = 'nothing';
  books: Books | undefined;
  readonly gone: Promise<void>;
  readonly #spawn: () => ChildProgram;

  constructor(spawn: () => ChildProgram, crashed: (problem: string) => void) {
    this.#spawn = spawn;
    this.child = spawn();
    this.gone = this.#keep(crashed);
  }

  async #keep(crashed: (problem: string) => void): Promise<void> {
    for (;;) {
      const { child } = this;
      child.logged('ready').then(({ healthPort }) => {
        this.healthPort = Number(healthPort);
      }, noAnswer);
      child.logged('stopped').then((books) => {
        this.books = books as unknown as Books;
      }, noAnswer);
      const { code } = await child.exited;
      await new Promise((resolve) => setTimeout(resolve, RESTART_MS));
      const cameUp = this.healthPort !== undefined;
      this.healthPort = undefined;
      if (this.asked === 'kill') return;
      if (this.asked === 'nothing' && cameUp) return crashed(child.failure().message);
      if (this.asked !== 'nothing') {
        if (cameUp && code !== 0) crashed(`asked to end: ${child.failure().message}`);
        return;
      }
      this.child = this.#spawn();
    }
  }

  get running(): boolean {
    return this.healthPort !== undefined && this.asked === 'nothing';
  }
}

/** The processors of a round: starts, ends and kills them, and samples their resource usage. */
export class Processors implements AsyncDisposable {
  readonly violations: Violation[] = [];
  readonly #all: Processor[] = [];
  readonly #spawn: () => ChildProgram;
  readonly #timer: NodeJS.Timeout;
  #sampling = false;
  maxRssBytes = 0;
  maxInFlight = 0;
  kills = 0;

  constructor(spawn: () => ChildProgram) {
    this.#spawn = spawn;
    this.#timer = setInterval(() => void this.#sample(), SAMPLE_MS);
  }

  get ended(): readonly Books[] {
    return this.#all.flatMap(({ books }) => (books === undefined ? [] : [books]));
  }

  /** Whether a processor ended without its final log line, or gave back work that may have been committed. */
  get uncertain(): boolean {
    return this.#all.some(({ asked, books }) => asked !== 'end' || books === undefined || books.released > 0);
  }

  get running(): readonly Processor[] {
    return this.#all.filter(({ running }) => running);
  }

  start(): Processor {
    const processor = new Processor(this.#spawn, (what) =>
      this.violations.push({ promise: 'it recovers by itself', what }),
    );
    this.#all.push(processor);
    return processor;
  }

  /** Starts a processor and waits until it is ready. */
  async startReady(): Promise<Processor> {
    const processor = this.start();
    // In a mixture, another fault may end it at the moment it becomes ready.
    const wasReady = () => processor.running || processor.asked !== 'nothing';
    await until(wasReady, { what: 'a processor to be ready', timeoutMs: READY_MS });
    return processor;
  }

  async pick(random: Random): Promise<Processor> {
    await until(() => this.running.length > 0, { what: 'a processor to run', timeoutMs: READY_MS });
    return random.pick(this.running);
  }

  /** kill -9, then starts another one in its place. Resolves once the process is dead. */
  async kill(processor: Processor): Promise<void> {
    processor.asked = 'kill';
    processor.child.signal('SIGKILL');
    await processor.child.exited;
    this.kills += 1;
    this.start();
  }

  /** Sends SIGTERM, and again after `againMs` if given. Resolves when the process has ended. */
  async end(processor: Processor, againMs?: number): Promise<void> {
    // In a mixture, another fault may have sent a signal already. A third one would end it at once with exit
    // code 1.
    if (processor.asked === 'nothing') {
      processor.asked = againMs === undefined ? 'end' : 'end_now';
      processor.child.signal('SIGTERM');
      if (againMs !== undefined) setTimeout(() => processor.child.signal('SIGTERM'), againMs);
    }
    await within(processor.gone, { what: 'a processor to end after SIGTERM', timeoutMs: END_MS });
  }

  /** Ends all running processors in order. */
  async endAll(): Promise<void> {
    const alive = this.#all.filter(({ asked }) => asked === 'nothing');
    const ends = await Promise.allSettled(alive.map((processor) => this.end(processor)));
    for (const end of ends)
      if (end.status === 'rejected')
        this.violations.push({ promise: 'it recovers by itself', what: String(end.reason) });
  }

  async #sample(): Promise<void> {
    if (this.#sampling) return;
    this.#sampling = true;
    try {
      for (const { child, healthPort } of this.running) {
        this.maxRssBytes = Math.max(this.maxRssBytes, await rssOf(child.pid));
        const { inFlight } = await readCounters(healthPort ?? 0);
        this.maxInFlight = Math.max(this.maxInFlight, inFlight);
      }
    } catch {
      // The process ended meanwhile.
    } finally {
      this.#sampling = false;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    for (const processor of this.#all) {
      if (processor.asked === 'nothing') processor.asked = 'kill';
      await processor.child[Symbol.asyncDispose]();
      await processor.gone;
    }
  }
}

/** Resident memory; 0 where the system does not report it. */
async function rssOf(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * KIB;
}

function noAnswer(): void {
  // The process ended without that line, which those who wait for its end will notice.
}

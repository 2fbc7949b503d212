import { readFile } from 'node:fs/promises';
import { until } from '#internal/proof/kit/until.ts';
import type { ChildProgram } from '../../embedded/program.ts';
import type { Random } from '../../load/random.ts';
import type { Violation } from './checker.ts';
import { within } from '#internal/proof/kit/within.ts';

const SAMPLE_MS = 250;
const RESTART_MS = 200;
const READY_MS = 60_000;
const END_MS = 40_000;
const KIB = 1024;

/** The final log line of a program. */
type FinalLine<Books> = Books & { readonly balanced: boolean };

/** One of the programs as a process. Like a supervisor, restarts it when it fails to start. */
export class Member<Books> {
  child: ChildProgram;
  healthPort: number | undefined;
  /** What the test did to it. With `nothing`, an exit is a crash. */
  asked: 'nothing' | 'kill' | 'end' | 'end_now' = 'nothing';
  books: FinalLine<Books> | undefined;
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
        this.books = books as unknown as FinalLine<Books>;
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

interface FleetParts {
  /** Name of the program in messages. */
  readonly name: string;
  readonly spawn: () => ChildProgram;
  /** Reads how much the program holds, from its metrics. */
  readonly inFlightOf?: (healthPort: number) => Promise<number>;
}

/** The processes of a round that run one program: starts, ends and kills them, and samples their resource usage. */
export class Fleet<Books extends { readonly released: number }> implements AsyncDisposable {
  readonly violations: Violation[] = [];
  readonly #all: Member<Books>[] = [];
  readonly #parts: FleetParts;
  readonly #timer: NodeJS.Timeout;
  #sampling = false;
  maxRssBytes = 0;
  maxInFlight = 0;
  kills = 0;

  constructor(parts: FleetParts) {
    this.#parts = parts;
    this.#timer = setInterval(() => void this.#sample(), SAMPLE_MS);
  }

  get ended(): readonly FinalLine<Books>[] {
    return this.#all.flatMap(({ books }) => (books === undefined ? [] : [books]));
  }

  /** Whether one ended without its final log line, or gave back work that may have been committed. */
  get uncertain(): boolean {
    return this.#all.some(({ asked, books }) => asked !== 'end' || books === undefined || books.released > 0);
  }

  /** Whether each ended after SIGTERM with its final log line. */
  get endedInOrder(): boolean {
    return this.#all.every(({ asked, books }) => asked.startsWith('end') && books !== undefined);
  }

  get running(): readonly Member<Books>[] {
    return this.#all.filter(({ running }) => running);
  }

  start(): Member<Books> {
    const member = new Member<Books>(this.#parts.spawn, (what) =>
      this.violations.push({ promise: 'it recovers by itself', what }),
    );
    this.#all.push(member);
    return member;
  }

  /** Starts one and waits until it is ready. */
  async startReady(): Promise<Member<Books>> {
    const member = this.start();
    // In a mixture, another fault may end it at the moment it becomes ready.
    const wasReady = () => member.running || member.asked !== 'nothing';
    await until(wasReady, { what: `a ${this.#parts.name} to be ready`, timeoutMs: READY_MS });
    return member;
  }

  async pick(random: Random): Promise<Member<Books>> {
    await until(() => this.running.length > 0, {
      what: `a ${this.#parts.name} to run`,
      timeoutMs: READY_MS,
    });
    return random.pick(this.running);
  }

  /** kill -9, then starts another one in its place. Resolves once the process is dead. */
  async kill(member: Member<Books>): Promise<void> {
    member.asked = 'kill';
    member.child.signal('SIGKILL');
    await member.child.exited;
    this.kills += 1;
    this.start();
  }

  /** Sends SIGTERM, and again after `againMs` if given. Resolves when the process has ended. */
  async end(member: Member<Books>, againMs?: number): Promise<void> {
    // In a mixture, another fault may have sent a signal already. A third one would end it at once with exit
    // code 1.
    if (member.asked === 'nothing') {
      member.asked = againMs === undefined ? 'end' : 'end_now';
      member.child.signal('SIGTERM');
      if (againMs !== undefined) setTimeout(() => member.child.signal('SIGTERM'), againMs);
    }
    await within(member.gone, { what: `a ${this.#parts.name} to end after SIGTERM`, timeoutMs: END_MS });
  }

  /** Ends all that run, in order. */
  async endAll(): Promise<void> {
    const alive = this.#all.filter(({ asked }) => asked === 'nothing');
    const ends = await Promise.allSettled(alive.map((member) => this.end(member)));
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
        const inFlight = await this.#parts.inFlightOf?.(healthPort ?? 0);
        this.maxInFlight = Math.max(this.maxInFlight, inFlight ?? 0);
      }
    } catch {
      // The process ended meanwhile.
    } finally {
      this.#sampling = false;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    for (const member of this.#all) {
      if (member.asked === 'nothing') member.asked = 'kill';
      await member.child[Symbol.asyncDispose]();
      await member.gone;
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

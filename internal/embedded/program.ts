import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { ProgramError } from '#internal/daemon/program.ts';
import { endWithUs } from '#internal/embedded/guard.ts';

const LINES_KEPT = 20;

/** One of our programs as a child process. */
export class Child implements AsyncDisposable {
  readonly #name: string;
  readonly #process: ChildProcess;
  readonly #guard: ChildProcess | undefined;
  readonly #lines: string[] = [];
  readonly #waiting = new Set<(entry: Readonly<Record<string, unknown>>) => void>();
  /** The exit code; null when a signal ended it. */
  readonly exited: Promise<number | null>;

  /** `program` is relative to cmd/. It reads no .env: its working directory is `folder`. */
  constructor(
    program: string,
    args: readonly string[],
    env: Readonly<Record<string, string>>,
    folder: string,
  ) {
    this.#name = program.split('/')[0] ?? program;
    const path = fileURLToPath(new URL(`../../cmd/${program}`, import.meta.url));
    // In a process group of its own: at Ctrl-C the demo ends its children one after the other.
    this.#process = spawn(process.execPath, [path, ...args], {
      cwd: folder,
      env: { PATH: process.env['PATH'], ...env },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#guard = endWithUs(this.#process, 'TERM');
    this.exited = new Promise((resolve) => this.#process.once('exit', resolve));
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      if (stream !== null) createInterface({ input: stream }).on('line', (line) => this.#read(line));
    }
  }

  #read(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > LINES_KEPT) this.#lines.shift();
    const entry = entryOf(line);
    if (entry === undefined) return;
    for (const waiting of this.#waiting) waiting(entry);
  }

  /** Undefined when it could not be started. */
  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** The first log line with that message. Rejects when the program ends without it. */
  async logged(message: string): Promise<Readonly<Record<string, unknown>>> {
    const found = new Promise<Readonly<Record<string, unknown>>>((resolve) => {
      this.#waiting.add((entry) => {
        if (entry['msg'] === message) resolve(entry);
      });
    });
    const ended = this.exited.then(async () => {
      await new Promise((resolve) => setTimeout(resolve, 100)); // its last lines may still be on the way
      throw this.failure();
    });
    return Promise.race([found, ended]);
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** What to tell when it ended and should not have. */
  failure(): ProgramError {
    const how = this.#process.signalCode ?? `exit code ${this.#process.exitCode}`;
    return new ProgramError(`the ${this.#name} ended (${how}); its last lines:\n${this.#lines.join('\n')}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#guard?.kill('SIGKILL');
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    this.#process.kill('SIGKILL');
    await this.exited;
  }
}

/** A log line's fields; undefined for other lines, such as the half of one that a killed program left. */
function entryOf(line: string): Readonly<Record<string, unknown>> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { ProgramError } from '../daemon/program.ts';
import { endWithUs } from './guard.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const LINES_KEPT = 20;
/** Node.js keeps compiled code here: a program starts with less than half the CPU time. */
const COMPILE_CACHE = `${ROOT}node_modules/.cache/compiled`;

/** The fields of a log line. */
export type LogEntry = Readonly<Record<string, unknown>>;

interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

interface ProgramSettings {
  /** The program's file, relative to the project's root. */
  readonly path: string;
  /** Name of the program in errors. */
  readonly name: string;
  readonly args?: readonly string[];
  readonly nodeArguments?: readonly string[];
  /** Its whole environment, except PATH and Node.js's compile cache. */
  readonly env?: Readonly<Record<string, string>>;
  /** Its working directory, where it looks for .env. */
  readonly folder: string;
  /** Opens a channel for `send` and `message`. */
  readonly ipc?: boolean;
  /**
   * Gives it a process group of its own, so that Ctrl-C reaches only this process, and ends it when this process is
   * gone, even after kill -9. On by default.
   */
  readonly guarded?: boolean;
}

/** One of our programs as a child process, killed when it is disposed of. */
export class ChildProgram implements AsyncDisposable {
  /** Resolves when the program has ended and all its output has been read. */
  readonly exited: Promise<Exit>;
  protected readonly process: ChildProcess;
  readonly #name: string;
  readonly #guard: ChildProcess | undefined;
  readonly #lines: string[] = [];
  /** The first log entry with each message: messages are constants, so there are few. */
  readonly #entries = new Map<unknown, LogEntry>();
  readonly #waiting = new Map<string, ((entry: LogEntry) => void)[]>();

  constructor(settings: ProgramSettings) {
    const {
      path,
      name,
      args = [],
      nodeArguments = [],
      env = {},
      folder,
      ipc = false,
      guarded = true,
    } = settings;
    this.#name = name;
    this.process = spawn(process.execPath, [...nodeArguments, `${ROOT}${path}`, ...args], {
      cwd: folder,
      env: { PATH: process.env['PATH'], NODE_COMPILE_CACHE: COMPILE_CACHE, ...env },
      detached: guarded,
      stdio: ['ignore', 'pipe', 'pipe', ...(ipc ? (['ipc'] as const) : [])],
    });
    if (guarded) this.#guard = endWithUs(this.process, 'TERM');
    this.exited = new Promise((resolve) => {
      this.process.once('close', (code, signal) => resolve({ code, signal }));
    });
    for (const stream of [this.process.stdout, this.process.stderr]) {
      if (stream !== null) createInterface({ input: stream }).on('line', (line) => this.#read(line));
    }
  }

  #read(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > LINES_KEPT) this.#lines.shift();
    const entry = entryOf(line);
    const message = entry?.['msg'];
    if (entry === undefined || typeof message !== 'string' || this.#entries.has(message)) return;
    this.#entries.set(message, entry);
    for (const resolve of this.#waiting.get(message) ?? []) resolve(entry);
    this.#waiting.delete(message);
  }

  /** Undefined when it could not be started. */
  get pid(): number | undefined {
    return this.process.pid;
  }

  get ended(): boolean {
    return this.process.exitCode !== null || this.process.signalCode !== null;
  }

  /** Resolves with the first log line with that message, past or future. Rejects when the program ends without it. */
  async logged(message: string): Promise<LogEntry> {
    const found = this.#entries.get(message);
    if (found !== undefined) return found;
    const line = new Promise<LogEntry>((resolve) => {
      this.#waiting.set(message, [...(this.#waiting.get(message) ?? []), resolve]);
    });
    return this.#beforeItEnds(line);
  }

  /** Sends a message over the channel; a program that has ended is noticed by `message`. */
  send(message: object | string): void {
    if (this.process.connected) this.process.send(message);
  }

  /** Resolves with its next message over the channel. Rejects when the program ends without one. */
  async message(): Promise<unknown> {
    const next = new Promise<unknown>((resolve) => this.process.once('message', resolve));
    return this.#beforeItEnds(next);
  }

  #beforeItEnds<T>(wanted: Promise<T>): Promise<T> {
    const ended = this.exited.then(() => {
      throw this.failure();
    });
    return Promise.race([wanted, ended]);
  }

  signal(signal: NodeJS.Signals): void {
    this.process.kill(signal);
  }

  /** Returns an error with the program's last lines. It says `what` went wrong, or by default how the program ended. */
  failure(what = `ended (${this.process.signalCode ?? `exit code ${this.process.exitCode}`})`): ProgramError {
    return new ProgramError(`the ${this.#name} ${what}; its last lines:\n${this.#lines.join('\n')}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#guard?.kill('SIGKILL');
    if (!this.ended) this.process.kill('SIGKILL');
    await this.exited;
  }
}

/** Returns the fields of a log line; undefined for other lines, such as an incomplete one of a killed program. */
function entryOf(line: string): LogEntry | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as LogEntry;
  } catch {
    return undefined;
  }
}

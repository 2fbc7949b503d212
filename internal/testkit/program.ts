import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from './until.ts';

/** One of our programs, run as a process as a user would. */
export class Program implements AsyncDisposable {
  stdout = '';
  stderr = '';
  readonly #process: ChildProcess;
  readonly #folder: string;
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;

  /**
   * `path` is relative to cmd/. It sees only the given environment, and no .env: its working directory is empty, but for
   * what `prepare` puts there.
   */
  constructor(
    path: string,
    args: readonly string[] = [],
    env: Readonly<Record<string, string>> = {},
    prepare: (folder: string) => void = () => {},
  ) {
    this.#folder = mkdtempSync(join(tmpdir(), 'event-processor-test-'));
    prepare(this.#folder);
    const program = fileURLToPath(new URL(`../../cmd/${path}`, import.meta.url));
    this.#process = spawn(process.execPath, [program, ...args], {
      cwd: this.#folder,
      env: { PATH: process.env['PATH'], ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#process.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.exited = new Promise((resolve) => {
      this.#process.once('close', (code, signal) => resolve({ code, signal }));
    });
  }

  /** Log lines so far. */
  get logs(): Record<string, unknown>[] {
    const lines = this.stdout.split('\n').slice(0, -1);
    return lines
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  /** The first log line with that message, as soon as it is there. */
  async logged(message: string, timeoutMs = 60_000): Promise<Record<string, unknown>> {
    return until(
      () => {
        const found = this.logs.find(({ msg }) => msg === message);
        if (found === undefined && this.#process.exitCode !== null) {
          throw new Error(`the program ended:\n${this.stdout}\n${this.stderr}`);
        }
        return found;
      },
      { what: `the log line "${message}"`, timeoutMs },
    );
  }

  /** What it writes from now on fails, as when a terminal was closed. */
  closeOutput(): void {
    this.#process.stdout?.destroy();
    this.#process.stderr?.destroy();
  }

  get pid(): number {
    if (this.#process.pid === undefined) throw new Error('the program was not started');
    return this.#process.pid;
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) this.#process.kill('SIGKILL');
    await this.exited;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

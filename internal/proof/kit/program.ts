import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ChildProgram, type LogEntry } from '../../embedded/program.ts';
import { within } from './within.ts';

/** Runs one of our programs as a process, as a user would, and captures its output. */
export class Program extends ChildProgram {
  stdout = '';
  stderr = '';
  readonly #folder: string;

  /**
   * `path` is relative to cmd/. The program sees only the given environment and no .env: its working
   * directory is empty except for the files that `prepare` creates.
   */
  constructor(
    path: string,
    args: readonly string[] = [],
    env: Readonly<Record<string, string>> = {},
    prepare: (folder: string) => void = () => {},
  ) {
    const folder = mkdtempSync(join(tmpdir(), 'event-processor-test-'));
    prepare(folder);
    super({ path: `cmd/${path}`, name: path, args, env, folder, guarded: false });
    this.#folder = folder;
    this.process.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    this.process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
  }

  /** The log lines so far. */
  get logs(): Record<string, unknown>[] {
    const lines = this.stdout.split('\n').slice(0, -1);
    return lines
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  override async logged(message: string, timeoutMs = 60_000): Promise<LogEntry> {
    return within(super.logged(message), { what: `the log line "${message}"`, timeoutMs });
  }

  /** Makes the program's writes fail from now on, as when its terminal was closed. */
  closeOutput(): void {
    this.process.stdout?.destroy();
    this.process.stderr?.destroy();
  }

  override get pid(): number {
    if (super.pid === undefined) throw new Error('the program was not started');
    return super.pid;
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await super[Symbol.asyncDispose]();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

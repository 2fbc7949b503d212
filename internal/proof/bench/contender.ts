import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Usage } from './meter.ts';

/** A consumer to be measured: which program, how set, and where it puts what it accepts. */
export interface Contender {
  readonly name: string;
  /** Relative to the root of the project. */
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly nodeArgs?: readonly string[];
  readonly table: 'message' | 'baseline_message';
}

/** Options that an npm script gives to Node: those between `node` and the program. */
export function nodeArgsOf(script: string): string[] {
  const words = script.split(' ');
  const args = words.slice(words.indexOf('node') + 1);
  return args.slice(
    0,
    args.findIndex((word) => !word.startsWith('-')),
  );
}

const { scripts } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
  scripts: { processor: string };
};

/** The processor is measured as `npm run processor` runs it. Without its options V8 lets garbage grow to twice the memory. */
export const PROCESSOR_NODE_ARGS = nodeArgsOf(scripts.processor);

export const PROCESSOR: Contender = {
  name: 'event processor',
  nodeArgs: PROCESSOR_NODE_ARGS,
  program: 'cmd/processor/main.ts',
  args: [],
  env: { HEALTH_PORT: '0', LOG_LEVEL: 'info' },
  table: 'message',
};

/** The settings are those of sqs-consumer's own README but where the name says otherwise. */
function sqsConsumer(name: string, ...args: string[]): Contender {
  return { name, program: 'internal/proof/bench/baseline.ts', args, env: {}, table: 'baseline_message' };
}

export const BASELINES = {
  perMessage: sqsConsumer('sqs-consumer, handler per message', 'message', '1'),
  perMessageOfTen: sqsConsumer('sqs-consumer, handler per message, receives of 10', 'message', '10'),
  batch: sqsConsumer('sqs-consumer, batch handler', 'batch', '10'),
  eightBatches: sqsConsumer('sqs-consumer, 8 batch handlers', 'batch', '10', '8'),
} as const;

const LINES_KEPT = 20;

/** A contender as a running process. */
export class Run implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #lines: string[] = [];
  readonly #exited: Promise<unknown>;
  readonly #name: string;
  readonly #ready: Promise<Readonly<Record<string, unknown>>>;

  constructor(
    { name, program, args, env, nodeArgs = [] }: Contender,
    where: Readonly<Record<string, string>>,
  ) {
    this.#name = name;
    const path = fileURLToPath(new URL(`../../../${program}`, import.meta.url));
    const meter = fileURLToPath(new URL('./meter.ts', import.meta.url));
    this.#process = spawn(process.execPath, [...nodeArgs, '--import', meter, path, ...args], {
      cwd: fileURLToPath(new URL('.', import.meta.url)), // there is no .env to be read
      env: { PATH: process.env['PATH'], ...where, ...env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#exited = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#ready = new Promise((resolve, reject) => {
      const read = (line: string) => {
        this.#lines.push(line);
        if (this.#lines.length > LINES_KEPT) this.#lines.shift();
        const entry = line.startsWith('{') ? (JSON.parse(line) as Record<string, unknown>) : {};
        if (entry['msg'] === 'ready') resolve(entry);
      };
      for (const stream of [this.#process.stdout, this.#process.stderr]) {
        if (stream !== null) createInterface({ input: stream }).on('line', read);
      }
      void this.#exited.then(() => reject(this.failure()));
    });
    this.#ready.catch(() => {});
  }

  /** Its log line at the moment it begins to receive. */
  async ready(): Promise<Readonly<Record<string, unknown>>> {
    return this.#ready;
  }

  async usage(): Promise<Usage> {
    if (this.#process.exitCode !== null) throw this.failure();
    const answer = new Promise<Usage>((resolve) => {
      this.#process.once('message', (usage) => resolve(usage as Usage));
    });
    this.#process.send('usage');
    return Promise.race([
      answer,
      this.#exited.then(() => {
        throw this.failure();
      }),
    ]);
  }

  failure(what = 'ended before its work was done'): Error {
    return new Error(`${this.#name} ${what}; its last lines:\n${this.#lines.join('\n')}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    this.#process.kill('SIGTERM');
    const hard = setTimeout(() => this.#process.kill('SIGKILL'), 30_000);
    await this.#exited;
    clearTimeout(hard);
  }
}

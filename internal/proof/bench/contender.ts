import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ChildProgram, type LogEntry } from '../../embedded/program.ts';
import type { Usage } from './meter.ts';

/** A program to measure: its file, its settings, and for a consumer the table that it writes to. */
export interface Contender {
  readonly name: string;
  /** Path relative to the project's root. */
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly nodeArgs?: readonly string[];
  readonly table: 'message' | 'baseline_message';
}

/** The options that an npm script passes to Node: those between `node` and the program. */
export function nodeArgsOf(script: string): string[] {
  const words = script.split(' ');
  const args = words.slice(words.indexOf('node') + 1);
  return args.slice(
    0,
    args.findIndex((word) => !word.startsWith('-')),
  );
}

const { scripts } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
  scripts: { processor: string; sender: string };
};

/**
 * The processor is measured as `npm run processor` runs it. Without these options, V8 collects garbage later
 * and memory doubles.
 */
export const PROCESSOR_NODE_ARGS = nodeArgsOf(scripts.processor);

/** The same for the sender. */
export const SENDER_NODE_ARGS = nodeArgsOf(scripts.sender);

export const PROCESSOR: Contender = {
  name: 'event processor',
  nodeArgs: PROCESSOR_NODE_ARGS,
  program: 'cmd/processor/main.ts',
  args: [],
  env: { HEALTH_PORT: '0', LOG_LEVEL: 'info' },
  table: 'message',
};

/** The settings come from sqs-consumer's README, except where the name says otherwise. */
function sqsConsumer(name: string, ...args: string[]): Contender {
  return { name, program: 'internal/proof/bench/baseline.ts', args, env: {}, table: 'baseline_message' };
}

export const BASELINES = {
  perMessage: sqsConsumer('sqs-consumer, handler per message', 'message', '1'),
  perMessageOfTen: sqsConsumer('sqs-consumer, handler per message, receives of 10', 'message', '10'),
  batch: sqsConsumer('sqs-consumer, batch handler', 'batch', '10'),
  eightBatches: sqsConsumer('sqs-consumer, 8 batch handlers', 'batch', '10', '8'),
} as const;

/** Time to finish work after SIGTERM. */
const END_MS = 30_000;

/** A contender as a running process that reports its resource usage. */
export class Run extends ChildProgram {
  constructor(contender: Contender, where: Readonly<Record<string, string>>) {
    const { name, program, args, env, nodeArgs = [] } = contender;
    const meter = fileURLToPath(new URL('./meter.ts', import.meta.url));
    super({
      path: program,
      name,
      args,
      nodeArguments: [...nodeArgs, '--import', meter],
      env: { ...where, ...env },
      folder: fileURLToPath(new URL('.', import.meta.url)), // a folder without a .env
      ipc: true,
    });
  }

  /** Waits for the log line that it writes when it starts to receive. */
  async ready(): Promise<LogEntry> {
    return this.logged('ready');
  }

  async usage(): Promise<Usage> {
    const usage = this.message();
    this.send('usage');
    return (await usage) as Usage;
  }

  /** Ends the process in order, because a profile is written at exit. */
  override async [Symbol.asyncDispose](): Promise<void> {
    this.signal('SIGTERM');
    const hard = setTimeout(() => this.signal('SIGKILL'), END_MS);
    await this.exited;
    clearTimeout(hard);
    await super[Symbol.asyncDispose]();
  }
}

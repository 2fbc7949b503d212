import process from 'node:process';
import { ConfigError } from '../config/config.ts';
import { columnsOf } from '../terminal/columns.ts';
import { wrappedLines } from '../terminal/text-width.ts';

/** A program cannot continue; the message is a sentence for its user that says what is wrong and what to do. */
export class ProgramError extends Error {
  readonly exitCode: number;
  constructor(message: string, options: { exitCode?: number; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = 'ProgramError';
    this.exitCode = options.exitCode ?? 1;
  }
}

/** Reports why a program ends, and with which exit code. */
type TellFailure = (message: string, exitCode: number, program: string) => unknown;

const LINGER_MS = 500;

/**
 * Runs a program's main function. Turns what it throws into a line on stderr, or wherever `tell` puts it, and into an
 * exit code: 2 for configuration, 1 for the rest. Only LOG_LEVEL=debug or trace shows the stack.
 */
export async function runProgram(
  name: string,
  main: () => Promise<number>,
  tell: TellFailure = (message, _, program) =>
    process.stderr.write(`${wrappedLines(`${program}: ${message}`, columnsOf(process.stderr))}\n`),
): Promise<void> {
  // When the reader of the output is gone, such as a closed terminal, the program still finishes its work.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  try {
    process.exitCode = await main();
  } catch (error) {
    process.exitCode = exitCodeOf(error);
    await tell(describe(error), exitCodeOf(error), name);
  }
  // Everything is closed by now; a connection to a silent server must not keep the process alive.
  setTimeout(() => process.exit(), LINGER_MS).unref();
}

function exitCodeOf(error: unknown): number {
  if (error instanceof ConfigError) return 2;
  return error instanceof ProgramError ? error.exitCode : 1;
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const wantsStack = process.env['LOG_LEVEL'] === 'debug' || process.env['LOG_LEVEL'] === 'trace';
  return wantsStack ? (error.stack ?? error.message) : error.message;
}

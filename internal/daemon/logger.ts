import process from 'node:process';
import { type Logger, pino } from 'pino';

/** `json`: lines for machines. `pretty`: lines for people. */
export type LogFormat = 'json' | 'pretty';

export interface LoggerSettings {
  readonly level: string;
  /** Without it: `pretty` on a terminal, else `json`. */
  readonly format?: LogFormat;
}

interface Output {
  write(line: string): unknown;
}

/** Opens the log on stdout: time in RFC 3339, level as a word. Errors show type, message and code. */
export async function openLogger(name: string, { level, format }: LoggerSettings): Promise<Logger> {
  const output = pino.destination({ dest: 1, sync: true });
  // Work goes on without a log when a terminal (EIO) or pipe (EPIPE) is closed or a disk is full.
  output.on('error', () => {});
  const isTerminal = process.stdout.isTTY;
  const chosen = formatFor(format, isTerminal);
  return loggerOn(chosen === 'json' ? output : await prettyOn(output, { colors: isTerminal }), name, level);
}

export function formatFor(wanted: LogFormat | undefined, isTerminal: boolean): LogFormat {
  return wanted ?? (isTerminal ? 'pretty' : 'json');
}

export function loggerOn(output: Output, name: string, level: string): Logger {
  return pino(
    {
      name,
      level,
      timestamp: pino.stdTimeFunctions.isoTime,
      base: { pid: process.pid },
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: describeError },
    },
    output,
  );
}

/**
 * Turns JSON lines into lines for people: time of day, level, component, message, and the rest in braces. Works
 * synchronously: a thread or a stream would lose the last lines before an exit.
 */
export async function prettyOn(output: Output, { colors }: { readonly colors: boolean }): Promise<Output> {
  const { prettyFactory } = await import('pino-pretty');
  const pretty = prettyFactory({
    colorize: colors && (process.env['NO_COLOR'] ?? '') === '',
    translateTime: 'SYS:HH:MM:ss.l',
    ignore: 'pid,name,component,worker',
    messageFormat: (line, messageKey) => `${sourceOf(line)}${String(line[messageKey])}`,
    singleLine: true,
    errorLikeObjectKeys: [], // keeps errors on one line
  });
  return { write: (line) => output.write(pretty(line)) };
}

function sourceOf({ component, worker }: Record<string, unknown>): string {
  const parts = [
    ...(typeof worker === 'number' ? [`worker ${worker}`] : []),
    ...(typeof component === 'string' ? [component] : []),
  ];
  return parts.length === 0 ? '' : `${parts.join(' ')}: `;
}

// Leaves out the stack and all other members of SDK and driver errors: they may hold requests, rows and credentials.
function describeError(error: unknown): object {
  if (!(error instanceof Error)) return { message: String(error) };
  const code = 'code' in error ? { code: error.code } : {};
  return { type: error.name, message: error.message, ...code };
}

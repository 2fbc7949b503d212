import process from 'node:process';
import { type Logger, pino } from 'pino';

/** `json`: a line for machines. `pretty`: a line for people. */
export type LogFormat = 'json' | 'pretty';

export interface LoggerSettings {
  readonly level: string;
  /** Without it: for people on a terminal, for machines elsewhere. */
  readonly format?: LogFormat;
}

interface Output {
  write(line: string): unknown;
}

/** The log on stdout: time in RFC 3339, level as a word. Errors show type, message and code. */
export async function openLogger(name: string, { level, format }: LoggerSettings): Promise<Logger> {
  const output = pino.destination({ dest: 1, sync: true });
  // Whoever read the log is gone: a terminal that was closed (EIO), a pipe (EPIPE), a full disk. The work goes on without.
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
 * Turns JSON lines into lines for people: time of day, level, component, message, and the rest in braces. In this process
 * and at once: through a thread or a stream, the last lines before an end would be lost.
 */
export async function prettyOn(output: Output, { colors }: { readonly colors: boolean }): Promise<Output> {
  const { prettyFactory } = await import('pino-pretty');
  const pretty = prettyFactory({
    colorize: colors && (process.env['NO_COLOR'] ?? '') === '',
    translateTime: 'SYS:HH:MM:ss.l',
    ignore: 'pid,name,component,worker',
    messageFormat: (line, messageKey) => `${sourceOf(line)}${String(line[messageKey])}`,
    singleLine: true,
    errorLikeObjectKeys: [], // errors are one line, too
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

// Neither stack nor the other members of SDK and driver errors: they may hold requests, rows and credentials.
function describeError(error: unknown): object {
  if (!(error instanceof Error)) return { message: String(error) };
  const code = 'code' in error ? { code: error.code } : {};
  return { type: error.name, message: error.message, ...code };
}

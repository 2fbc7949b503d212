import { type Logger, pino } from 'pino';

/** JSON lines on stdout with the time in RFC 3339 and the level as a word. Errors show type, message and code. */
export function openLogger(name: string, level: string): Logger {
  const output = pino.destination({ dest: 1, sync: true });
  // Whoever read the log is gone: a terminal that was closed (EIO), a pipe (EPIPE), a full disk. The work goes on without.
  output.on('error', () => {});
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

// Neither stack nor the other members of SDK and driver errors: they may hold requests, rows and credentials.
function describeError(error: unknown): object {
  if (!(error instanceof Error)) return { message: String(error) };
  const code = 'code' in error ? { code: error.code } : {};
  return { type: error.name, message: error.message, ...code };
}

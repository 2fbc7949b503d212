import process from 'node:process';
import { loadConfig } from '#internal/config/config.ts';
import { openLogger } from '#internal/daemon/logger.ts';
import { runProgram } from '#internal/daemon/program.ts';
import { joinSupervisor, tellSupervisor } from '#internal/daemon/workers/supervised.ts';
import { processorConfig } from './config.ts';
import { parseOptions } from './options.ts';
import { runProcessor, type Running } from './run.ts';

// One of several processors on this machine. main.ts starts it with its number, and with the environment and the
// command line that main.ts has itself.
await runProgram(
  'processor worker',
  async () => {
    const [node = '', program = '', number = '', ...args] = process.argv;
    const worker = Number(number);
    const options = parseOptions([node, program, ...args]);
    const config = loadConfig(processorConfig, process.env);
    const log = openLogger('processor', config.LOG_LEVEL).child({ worker });
    using supervised = joinSupervisor(config.SHUTDOWN_TIMEOUT_SECONDS, (message) => log.info({}, message));
    return await runProcessor({ config, options, log, shutdown: supervised, worker }, (running) => {
      const face = faceOf(running);
      log.info({ queue: running.queue }, 'worker ready');
      supervised.ready(face); // after its own line, so that the supervisor's comes last
      return {
        async stopped({ books }) {
          log.info({ ...books.snapshot(), balanced: books.balanced }, 'worker stopped');
          await supervised.settled(face);
        },
        async [Symbol.asyncDispose]() {},
      };
    });
  },
  tellSupervisor,
);
// All is closed and said; the line to the supervisor would keep the process.
if (process.connected) process.disconnect?.();

function faceOf({ books, metrics, readiness }: Running) {
  return { books: () => books.snapshot(), metrics: () => metrics.snapshot(), readiness };
}

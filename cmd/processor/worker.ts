import process from 'node:process';
import { loadConfig } from '#internal/config/config.ts';
import { openLogger } from '#internal/daemon/logger.ts';
import { runProgram } from '#internal/daemon/program.ts';
import { loggingOf } from '#internal/daemon/variables.ts';
import { joinSupervisor, tellSupervisor } from '#internal/daemon/workers/supervised.ts';
import type { Books } from '#internal/processor/books.ts';
import { processorConfig } from '#internal/programs/processor.ts';
import { openFace } from './face.ts';
import { parseOptions } from './options.ts';
import { reportOf } from './report.ts';
import { runProcessor } from './run.ts';

// One of several processors on this machine. supervise.ts starts it with its number and with the environment and the
// command line of main.ts.
await runProgram(
  'processor worker',
  async () => {
    const [node = '', program = '', number = '', ...args] = process.argv;
    const worker = Number(number);
    const options = parseOptions([node, program, ...args]);
    const config = loadConfig(processorConfig, process.env);
    const log = (await openLogger('processor', loggingOf(config))).child({ worker });
    using supervised = joinSupervisor(config.SHUTDOWN_TIMEOUT_SECONDS, (message) => log.info({}, message));
    const face = openFace();
    supervised.starting(() => face.page.readiness());
    const shown = (books: Books) => ({
      report: () => reportOf(books),
      metrics: () => face.metrics.snapshot(),
      readiness: () => face.page.readiness(),
    });
    return await runProcessor({ config, options, log, shutdown: supervised, worker }, face, {
      ready(queue, books) {
        log.info({ queue }, 'worker ready');
        supervised.ready(shown(books)); // after its own line, so that the supervisor's comes last
      },
      async stopped(books) {
        log.info({ ...books.snapshot(), balanced: books.balanced }, 'worker stopped');
        await supervised.settled(shown(books));
      },
    });
  },
  tellSupervisor,
);
// Everything is closed and reported; an open channel to the supervisor would keep the process alive.
if (process.connected) process.disconnect?.();

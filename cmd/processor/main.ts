import process from 'node:process';
import { loadConfig } from '#internal/daemon/config.ts';
import { serveHealth } from '#internal/daemon/health.ts';
import { openLogger } from '#internal/daemon/logger.ts';
import { openMetrics } from '#internal/daemon/metrics.ts';
import { runProgram } from '#internal/daemon/program.ts';
import { listenForShutdown } from '#internal/daemon/signals.ts';
import { Processor } from '#internal/processor/processor.ts';
import { config as readDotenv } from 'dotenv';
import { processorConfig } from './config.ts';
import { openDatabase } from './database.ts';
import { parseOptions } from './options.ts';
import { openInbox } from './queue.ts';
import { settingsOf } from './settings.ts';

await runProgram('processor', async () => {
  const options = parseOptions(process.argv);
  readDotenv({ quiet: true });
  const config = loadConfig(processorConfig, process.env);
  const log = openLogger('processor', config.LOG_LEVEL);
  using shutdown = listenForShutdown(config.SHUTDOWN_TIMEOUT_SECONDS, (message) => log.info({}, message));
  await using database = await openDatabase(config, log);
  using queue = await openInbox(config, log);
  const metrics = openMetrics(() => processor);
  const processor = new Processor(
    { inbox: queue.inbox, store: database.store, log, telemetry: metrics },
    settingsOf(config, options),
  );
  await using health = await serveHealth({
    port: config.HEALTH_PORT,
    metrics: () => metrics.text(),
    checks: {
      postgres: () => database.ping(),
      sqs: async () => {
        if (!processor.health.sqs) throw new Error('the last receive was not answered');
      },
      running: async () => {
        if (shutdown.drain.aborted) throw new Error('draining');
      },
    },
  });
  log.info({ healthPort: health.port, queue: queue.inbox.queue }, 'ready');
  try {
    await processor.run(shutdown);
  } finally {
    log.info({ ...processor.books.snapshot(), balanced: processor.books.balanced }, 'stopped');
  }
  return processor.books.balanced ? 0 : 1;
});

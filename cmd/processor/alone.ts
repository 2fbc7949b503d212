import { serveHealth } from '#internal/daemon/health.ts';
import { listenForShutdown } from '#internal/daemon/signals.ts';
import { runProcessor, type RunParts } from './run.ts';

/** The processor in this one process, with its pages on its port. */
export async function runAlone({ config, options, log }: Omit<RunParts, 'shutdown'>): Promise<number> {
  using shutdown = listenForShutdown(config.SHUTDOWN_TIMEOUT_SECONDS, (message) => log.info({}, message));
  return await runProcessor(
    { config, options, log, shutdown },
    async ({ metrics, readiness, books, queue }) => {
      const health = await serveHealth({
        port: config.HEALTH_PORT,
        metrics: () => metrics.text(),
        readiness,
      });
      log.info({ healthPort: health.port, queue }, 'ready');
      return {
        stopped: () => log.info({ ...books.snapshot(), balanced: books.balanced }, 'stopped'),
        [Symbol.asyncDispose]: () => health[Symbol.asyncDispose](),
      };
    },
  );
}

import { serveHealth } from '#internal/daemon/health.ts';
import { listenForShutdown } from '#internal/daemon/signals.ts';
import { healthAddressOf } from '#internal/daemon/variables.ts';
import { openFace } from './face.ts';
import { runProcessor, type RunParts } from './run.ts';

/** Runs the processor in this process. It binds its port for health and metrics before it changes anything. */
export async function runAlone({ config, options, log }: Omit<RunParts, 'shutdown'>): Promise<number> {
  using shutdown = listenForShutdown(config.SHUTDOWN_TIMEOUT_SECONDS, (message) => log.info({}, message));
  const face = openFace();
  await using health = await serveHealth({
    ...healthAddressOf(config),
    metrics: () => face.metrics.text(),
    readiness: () => face.page.readiness(),
  });
  return await runProcessor({ config, options, log, shutdown }, face, {
    ready: (queue) => log.info({ healthPort: health.port, queue }, 'ready'),
    stopped: (books) => log.info({ ...books.snapshot(), balanced: books.balanced }, 'stopped'),
  });
}

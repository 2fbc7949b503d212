import process from 'node:process';
import { serveHealth } from '#internal/daemon/health.ts';
import { listenForShutdown } from '#internal/daemon/signals.ts';
import { healthAddressOf } from '#internal/daemon/variables.ts';
import { Supervisor } from '#internal/daemon/workers/supervisor.ts';
import { WorkerProcess } from '#internal/daemon/workers/worker-process.ts';
import { METRIC_NAMES, NO_NUMBERS } from './report.ts';
import type { RunParts } from './run.ts';

const WORKER = new URL('./worker.ts', import.meta.url);

/** Runs the processor as several worker processes behind one port, and logs the sum of their books at the end. */
export async function supervise({ config, options, log }: Omit<RunParts, 'shutdown'>): Promise<number> {
  using shutdown = listenForShutdown(config.SHUTDOWN_TIMEOUT_SECONDS, (message) => log.info({}, message));
  const supervisor = new Supervisor({
    count: config.WORKERS,
    start: (number, onReady) =>
      new WorkerProcess(WORKER, [String(number), ...process.argv.slice(2)], onReady),
    shutdown,
    shutdownTimeoutSeconds: config.SHUTDOWN_TIMEOUT_SECONDS,
    endsByItself: options.untilEmpty,
    onReady: () => log.info({ healthPort: health.port, workers: config.WORKERS }, 'ready'),
    metricNames: METRIC_NAMES,
    log: log.child({ component: 'supervisor' }),
  });
  // A third signal or the deadline ends this process at once; the workers must end with it.
  process.once('exit', () => {
    if (shutdown.stop.aborted) supervisor.kill();
  });
  await using health = await serveHealth({
    ...healthAddressOf(config),
    metrics: () => supervisor.metrics(),
    readiness: () => supervisor.readiness(),
  });
  const { total, drained, restarts } = await supervisor.run();
  const { numbers, held: inFlight, abandoned, balanced } = total;
  log.info(
    { ...NO_NUMBERS, ...numbers, inFlight, abandoned, balanced, workers: config.WORKERS, restarts },
    'stopped',
  );
  return drained && balanced ? 0 : 1;
}

import { serveHealth } from '#internal/daemon/health.ts';
import type { Shutdown } from '#internal/daemon/signals.ts';
import { openPatiently } from '#internal/daemon/start-wait.ts';
import { healthAddressOf } from '#internal/daemon/variables.ts';
import { wireOf } from '#internal/http/variables.ts';
import { openWire } from '#internal/http/wire.ts';
import { StoredAnnouncements } from '#internal/operations/stored-announcements.ts';
import { countEndpointsByState } from '#internal/postgres/endpoints/count-by-state.ts';
import { longestWaiting } from '#internal/postgres/endpoints/longest-waiting.ts';
import { mayPass } from '#internal/postgres/errors.ts';
import { explainStoreError } from '#internal/postgres/explain.ts';
import { PostgresStore } from '#internal/postgres/store.ts';
import type { SenderConfig } from '#internal/programs/sender.ts';
import { Books } from '#internal/sender/books.ts';
import { Sender } from '#internal/sender/sender.ts';
import { MOST_ENDPOINTS } from '#internal/telemetry/sender-metrics.ts';
import { watch } from '#internal/telemetry/watch.ts';
import type { Logger } from 'pino';
import { openDeliveries } from './deliveries.ts';
import { openFace } from './face.ts';
import { logProgress } from './progress-line.ts';
import { settingsOf } from './settings.ts';

interface RunParts {
  readonly config: SenderConfig;
  readonly log: Logger;
  readonly shutdown: Shutdown;
}

/** Opens, wires, runs and closes the sender; returns the exit code. It binds its port before it changes anything. */
export async function runSender(parts: RunParts): Promise<number> {
  const { config, log, shutdown } = parts;
  const face = openFace();
  await using health = await serveHealth({
    ...healthAddressOf(config),
    metrics: () => face.metrics.text(),
    readiness: () => face.page.readiness(),
  });
  const patience = { limitSeconds: config.START_WAIT_SECONDS, page: face.page, log, signal: shutdown.drain };
  const postgres = {
    part: 'postgres',
    name: 'PostgreSQL',
    open: () => openDeliveries(config, log.child({ component: 'postgres' })),
    mayPass,
  };
  await using deliveries = await openPatiently(postgres, patience);
  if (deliveries === undefined) {
    tellEnd(log, new Books()); // told to end before it could start
    return 0;
  }
  return await runOpened(parts, deliveries, face, health.port);
}

type Deliveries = Awaited<ReturnType<typeof openDeliveries>>;

async function runOpened(
  { config, log, shutdown }: RunParts,
  { store, pool, ping }: Deliveries,
  face: ReturnType<typeof openFace>,
  healthPort: number,
): Promise<number> {
  const engineLog = log.child({ component: 'deliveries' });
  await using wire = openWire({ ...wireOf(config), log: log.child({ component: 'wire' }) });
  const announcer = new StoredAnnouncements(new PostgresStore({ pool }));
  const ports = { store, wire, announcer, log: engineLog, telemetry: face.metrics };
  const sender = new Sender(ports, settingsOf(config));
  const { books } = sender;
  const metricsLog = log.child({ component: 'metrics' });
  using states = watch('the number of endpoints', () => countEndpointsByState(pool), metricsLog);
  using waiting = watch('what endpoints wait for', () => longestWaiting(pool, MOST_ENDPOINTS), metricsLog);
  face.runs(
    () => ({
      books,
      observed: sender.observed(),
      health: { postgres: sender.storeProblem === undefined },
      endpointsByState: states.seen,
      waiting: waiting.seen,
    }),
    {
      // Refused statements first: a server that answers a ping may be read-only, have a full disk, or lack a right or a table.
      postgres: async () => {
        const { storeProblem } = sender;
        if (storeProblem !== undefined)
          throw new Error(explainStoreError(storeProblem, config.DATABASE_URL), { cause: storeProblem });
        await ping();
      },
      running: async () => {
        if (shutdown.drain.aborted) throw new Error('draining');
      },
    },
  );
  using _progress = logProgress(sender, engineLog, config.LOG_INTERVAL_SECONDS);
  log.info({ healthPort }, 'ready');
  try {
    await sender.run(shutdown);
  } finally {
    tellEnd(log, books);
  }
  return books.balanced ? 0 : 1;
}

function tellEnd(log: Logger, books: Books): void {
  log.info({ ...books.snapshot(), balanced: books.balanced }, 'stopped');
}

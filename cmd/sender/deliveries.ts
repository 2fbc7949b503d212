import { ProgramError } from '#internal/daemon/program.ts';
import { type Migrated, openMigrated } from '#internal/operations/open-migrated.ts';
import { ForeignClusterError } from '#internal/postgres/deliveries/cluster.ts';
import { PostgresDeliveryStore } from '#internal/postgres/deliveries/store.ts';
import { isMisconfigured } from '#internal/postgres/errors.ts';
import { explainStoreError } from '#internal/postgres/explain.ts';
import { Sealing } from '#internal/postgres/sealing.ts';
import type { SenderConfig } from '#internal/programs/sender.ts';
import { DeliveryStoreError } from '#internal/sender/ports.ts';
import type { Logger } from 'pino';

/**
 * One for each that may use one at a time: the tail, four that catch up, two that load, results, the lease, changes of endpoints,
 * announcements, two watches, the ping. With fewer, slow reads could keep the lease waiting until it is lost.
 */
const CONNECTIONS = 14;

interface Deliveries extends AsyncDisposable, Pick<Migrated, 'pool' | 'ping'> {
  readonly store: PostgresDeliveryStore;
}

/**
 * Opens the database and the store of deliveries in it.
 * @throws ProgramError when the database refuses what is configured, or was restored from another cluster
 */
export async function openDeliveries(config: SenderConfig, log: Logger): Promise<Deliveries> {
  const settings = {
    url: config.DATABASE_URL,
    iamAuth: config.DATABASE_IAM_AUTH,
    migrate: config.MIGRATE,
    connections: CONNECTIONS,
    applicationName: 'event-processor-sender',
  };
  try {
    await using opened = new AsyncDisposableStack();
    const migrated = opened.use(await openMigrated(settings, log));
    const { pool } = migrated;
    const store = await PostgresDeliveryStore.open({ pool, sealing: new Sealing(config.SENDER_KEYS) });
    const kept = opened.move();
    return { pool, ping: () => migrated.ping(), store, [Symbol.asyncDispose]: () => kept.disposeAsync() };
  } catch (error) {
    if (error instanceof DeliveryStoreError)
      throw new Error(explainStoreError(error, config.DATABASE_URL), { cause: error });
    if (!isMisconfigured(error) && !(error instanceof ForeignClusterError)) throw error;
    throw new ProgramError((error as Error).message, { exitCode: 2, cause: error });
  }
}

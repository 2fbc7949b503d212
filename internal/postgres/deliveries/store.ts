import type pg from 'pg';
import {
  type DeliveryStore,
  type Endpoint,
  type Holding,
  type LaneDelivery,
  type LanePage,
  type LaneStart,
  type Mark,
  type Message,
  type Owner,
  type Position,
  type Results,
  type Retry,
  StoreWentBack,
} from '../../sender/ports.ts';
import { PreparedStatement } from '../prepared-statement.ts';
import type { Sealing } from '../sealing.ts';
import { demandSameCluster } from './cluster.ts';
import { endpointsOf, readEndpoints, readRevision } from './endpoints.ts';
import { reached } from './errors.ts';
import { laneHorizon } from './horizon.ts';
import { readLanes, readLanesOf } from './lanes.ts';
import { behind, readMarks, settledAmong } from './marks.ts';
import { readMessages } from './messages.ts';
import { record } from './record.ts';
import { RECORD_STATEMENT } from './record-statement.ts';
import { readRetries } from './retries.ts';
import { hold, leave } from './shards.ts';

interface Parts {
  readonly pool: pg.Pool;
  /** Opens secrets and headers of endpoints. */
  readonly sealing: Sealing;
}

/** The sender's store on PostgreSQL. Each method is one statement, or several that are transactions of their own. */
export class PostgresDeliveryStore implements DeliveryStore {
  readonly #pool: pg.Pool;
  readonly #sealing: Sealing;
  /** Of the last horizon. */
  #timeline: string | undefined;
  readonly #record = new PreparedStatement('record', RECORD_STATEMENT);

  private constructor({ pool, sealing }: Parts) {
    this.#pool = pool;
    this.#sealing = sealing;
  }

  /**
   * Returns the store of a database that is still in the cluster in which its lanes were written.
   * @throws ForeignClusterError otherwise
   * @throws DeliveryStoreError when PostgreSQL is away
   */
  static async open(parts: Parts): Promise<PostgresDeliveryStore> {
    await reached(() => demandSameCluster(parts.pool));
    return new PostgresDeliveryStore(parts);
  }

  hold(owner: Owner, releasing: readonly number[]): Promise<Holding> {
    return reached(() => hold(this.#pool, owner, releasing));
  }

  leave(owner: Owner): Promise<void> {
    return reached(() => leave(this.#pool, owner));
  }

  revision(): Promise<number> {
    return reached(() => readRevision(this.#pool));
  }

  endpointsOf(shards: readonly number[]): ReturnType<DeliveryStore['endpointsOf']> {
    return reached(() => endpointsOf(this.#pool, shards));
  }

  endpoints(numbers: readonly number[]): Promise<readonly Endpoint[]> {
    return reached(() => readEndpoints(this.#pool, this.#sealing, numbers));
  }

  marks(endpoints: readonly number[]): Promise<readonly Mark[]> {
    return reached(() => readMarks(this.#pool, endpoints));
  }

  behind(marks: readonly Mark[], to: Position): Promise<readonly number[]> {
    return reached(() => behind(this.#pool, marks, to));
  }

  settledAmong(deliveries: readonly LaneDelivery[], factsFrom: string): Promise<readonly LaneDelivery[]> {
    return reached(() => settledAmong(this.#pool, deliveries, factsFrom));
  }

  retries(endpoints: readonly number[], limit: number): Promise<readonly Retry[]> {
    return reached(() => readRetries(this.#pool, endpoints, limit));
  }

  async horizon(): Promise<Position> {
    const { xid, timeline } = await reached(() => laneHorizon(this.#pool));
    const before = this.#timeline;
    this.#timeline = timeline;
    if (before !== undefined && before !== timeline)
      throw new StoreWentBack(`PostgreSQL has changed from timeline ${before} to ${timeline}`);
    return xid;
  }

  lanes(from: Position, to: Position, limit: number): Promise<LanePage> {
    return reached(() => readLanes(this.#pool, { from, to, limit }));
  }

  lanesOf(clients: readonly LaneStart[], to: Position, limit: number): Promise<readonly LanePage[]> {
    return reached(() => readLanesOf(this.#pool, clients, { to, limit }));
  }

  messages(ids: readonly string[]): Promise<readonly Message[]> {
    return reached(() => readMessages(this.#pool, ids));
  }

  record(owner: Owner, results: Results): Promise<readonly number[]> {
    return reached(() => record(this.#pool, this.#record, { owner, timeline: this.#timeline }, results));
  }
}

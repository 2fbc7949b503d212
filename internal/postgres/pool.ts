import pg from 'pg';
import { isDatabaseError } from './errors.ts';
import { loginAt } from './login.ts';
import { guardProtocol } from './protocol-guard.ts';
import { fixSession } from './session.ts';
import { type DatabaseAddress, parseDatabaseUrl } from './url.ts';

export interface PoolOptions {
  readonly max: number;
  readonly applicationName: string;
  /** 0 for no limit, as for migrations. */
  readonly statementTimeoutMs?: number;
  /** Use RDS tokens instead of a password. */
  readonly iamAuth?: boolean;
}

const STATEMENT_TIMEOUT_MS = 30_000;
const CONNECT_TIMEOUT_MS = 5_000;
/** Grace beyond `statement_timeout`; only a dead connection waits this long. */
const SILENCE_MS = 5_000;

/**
 * Opens a pool that limits every wait: for a connection, for a statement, and for a server that does not answer at all.
 * @throws DatabaseUrlError
 */
export function openPool(databaseUrl: string, options: PoolOptions): pg.Pool {
  const address = parseDatabaseUrl(databaseUrl);
  const statementTimeoutMs = options.statementTimeoutMs ?? STATEMENT_TIMEOUT_MS;
  const pool = new HostsPool(address, options.iamAuth ?? false, {
    max: options.max,
    application_name: options.applicationName,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: statementTimeoutMs,
    ...(statementTimeoutMs === 0 ? {} : { query_timeout: statementTimeoutMs + SILENCE_MS }),
    keepAlive: true,
  });
  // An idle connection that breaks emits an error event, which would end the process if nothing listened. The next use of
  // the connection or the pool reports what is wrong.
  pool.on('error', () => {}).on('connect', (client) => client.on('error', () => {}));
  return pool;
}

type Connected = (
  error: Error | undefined,
  client: pg.PoolClient | undefined,
  done: (broken?: unknown) => void,
) => void;

/** Connects to the first usable host, and keeps using it until it fails. */
class HostsPool extends pg.Pool {
  readonly #hosts: { current: number; readonly count: number };

  constructor(address: DatabaseAddress, iamAuth: boolean, config: pg.PoolConfig) {
    const hosts = { current: 0, count: address.hosts.length };
    super({
      ...config,
      // A class for each pool: the driver's pool has no other hook that runs before every new connection.
      Client: class extends pg.Client {
        constructor(given: pg.ClientConfig) {
          const host = address.hosts[hosts.current % hosts.count] as DatabaseAddress['hosts'][number];
          super({ ...given, ...loginAt(host, address, { iamAuth }) });
          guardProtocol(this);
        }
      } as unknown as new () => pg.ClientBase,
      // oxlint-disable-next-line typescript/no-misused-promises -- the pool waits for it, though its type does not say so
      onConnect: async (client) => {
        await fixSession(client);
        if (address.readWrite) await demandReadWrite(client);
      },
    });
    this.#hosts = hosts;
  }

  override connect(): Promise<pg.PoolClient>;
  override connect(connected: Connected): void;
  override connect(connected?: Connected): Promise<pg.PoolClient> | void {
    const client = this.#connect();
    if (connected === undefined) return client;
    client.then(
      (found) => connected(undefined, found, (broken) => found.release(broken as Error | boolean)),
      (error: unknown) => connected(error as Error, undefined, () => {}),
    );
  }

  async #connect(): Promise<pg.PoolClient> {
    for (let tries = 1; ; tries += 1) {
      const { current } = this.#hosts;
      try {
        return await super.connect();
      } catch (error) {
        if (this.#hosts.current === current) this.#hosts.current += 1;
        if (tries >= this.#hosts.count || !isDatabaseError(error)) throw error;
      }
    }
  }
}

/** After a failover, the old server may still answer but be read-only. */
async function demandReadWrite(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query<{ read_only: string }>(
    "select current_setting('transaction_read_only') as read_only",
  );
  if (rows[0]?.read_only === 'on')
    throw Object.assign(new Error('the server takes no writes (target_session_attrs=read-write)'), {
      code: 'READ_ONLY',
    });
}

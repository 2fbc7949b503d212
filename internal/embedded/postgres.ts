import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { chown, mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { endWithUs } from './guard.ts';
import { freePort } from './ports.ts';
import { type Binaries, findBinaries, type Owner, postgresOwner, runsInPlace } from './postgres-binaries.ts';
import { makeTemporaryFolder } from './temporary-folder.ts';

const run = promisify(execFile);
const PASSWORD = 'postgres';
const START_TIMEOUT_MS = 60_000;
/** Another process may take the free port before PostgreSQL starts. */
const PORT_TRIES = 5;

interface EmbeddedPostgresOptions {
  /** Keeps data, log and, for root, a copy of the programs. Without it: a temporary folder, removed at the end. */
  readonly folder?: string;
  /** Port on 127.0.0.1; without it, any free port. */
  readonly port?: number;
  /**
   * Without a folder: keeps the data on a RAM disk where there is one. A database is then created and dropped with a tenth
   * of the CPU time that ext4 takes for its files. For little data only.
   */
  readonly inMemory?: boolean;
}

export interface EmbeddedPostgres extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** `fast` ends sessions and writes a checkpoint; `immediate` is like a crash. `start` starts it again on the same port. */
  stop(mode?: 'fast' | 'immediate'): Promise<void>;
  start(): Promise<void>;
  /** Resolves with a sentence and the last lines of its log when it ends unexpectedly. */
  readonly ended: Promise<string>;
}

/**
 * Starts the PostgreSQL that came with the npm packages; needs no root, no Docker and no system packages. It does not
 * outlive this process, however that ends. Without a `folder`, it runs without fsync.
 * @throws Error with the last lines of PostgreSQL's log when it does not start
 */
export async function startPostgres(options: EmbeddedPostgresOptions = {}): Promise<EmbeddedPostgres> {
  const temporary = options.folder === undefined;
  const owner = await postgresOwner();
  // Copies of the programs lie in the same folder, and those may not be executable on a RAM disk.
  const inMemory = options.inMemory === true && (await runsInPlace(owner));
  const folder = options.folder ?? (await makeTemporaryFolder('embedded-postgres-', inMemory));
  try {
    return await startIn({ folder, temporary, owner }, options.port);
  } catch (error) {
    if (temporary) await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function startIn(
  { folder, temporary, owner }: Omit<ServerParts, 'binaries'>,
  fixedPort: number | undefined,
): Promise<EmbeddedPostgres> {
  await mkdir(folder, { recursive: true });
  if (owner !== undefined) await chown(folder, owner.uid, owner.gid);
  const binaries = await findBinaries(folder, owner);
  const server = new Server({ folder, temporary, owner, binaries });
  await server.initialize();
  for (let tries = 1; ; tries += 1) {
    try {
      await server.start(fixedPort ?? (await freePort()));
      break;
    } catch (error) {
      if (
        fixedPort !== undefined ||
        tries === PORT_TRIES ||
        !String(error).includes('Address already in use')
      )
        throw error;
    }
  }
  return {
    port: server.port,
    url: server.url,
    stop: (mode) => server.stop(mode),
    start: () => server.start(server.port),
    ended: server.ended,
    [Symbol.asyncDispose]: () => server.dispose(),
  };
}

interface ServerParts {
  readonly folder: string;
  readonly temporary: boolean;
  readonly owner: Owner | undefined;
  readonly binaries: Binaries;
}

class Server {
  port = 0;
  readonly #parts: ServerParts;
  readonly #data: string;
  readonly #log: string;
  #process: ChildProcess | undefined;
  #guard: ChildProcess | undefined;
  #disposed = false;
  readonly #ended = Promise.withResolvers<string>();

  constructor(parts: ServerParts) {
    this.#parts = parts;
    this.#data = join(parts.folder, 'data');
    this.#log = join(parts.folder, 'postgres.log');
  }

  get ended(): Promise<string> {
    return this.#ended.promise;
  }

  get url(): string {
    return `postgres://postgres:${PASSWORD}@127.0.0.1:${this.port}/postgres`;
  }

  /** Creates the data folder unless it exists. */
  async initialize(): Promise<void> {
    const { folder, temporary, owner, binaries } = this.#parts;
    const initialized = await readFile(join(this.#data, 'PG_VERSION')).catch(() => undefined);
    if (initialized !== undefined) return;
    const passwordFile = join(folder, 'password');
    await writeFile(passwordFile, PASSWORD, { mode: 0o600 });
    if (owner !== undefined) await chown(passwordFile, owner.uid, owner.gid);
    const unsafe = temporary ? ['--no-sync'] : [];
    await run(
      binaries.initdb,
      [
        `--pgdata=${this.#data}`,
        '--username=postgres',
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        '--locale=C',
        ...unsafe,
      ],
      { ...owner, cwd: folder, env: {} },
    );
    await rm(passwordFile);
  }

  async start(port: number): Promise<void> {
    const { folder, temporary, owner, binaries } = this.#parts;
    this.port = port;
    const log = await open(this.#log, 'a');
    const settings = [
      'listen_addresses=127.0.0.1',
      `port=${port}`,
      'unix_socket_directories=',
      'max_connections=200',
      'timezone=UTC',
      ...(temporary ? ['fsync=off', 'full_page_writes=off'] : []),
    ];
    // In a process group of its own, so that Ctrl-C reaches only this process, which then stops PostgreSQL in order.
    const child = spawn(
      binaries.postgres,
      ['-D', this.#data, ...settings.flatMap((setting) => ['-c', setting])],
      {
        ...owner,
        cwd: folder,
        env: {},
        detached: true,
        stdio: ['ignore', log.fd, log.fd],
      },
    );
    await log.close();
    this.#process = child;
    this.#guard = endWithUs(child, 'INT', temporary ? folder : undefined);
    await this.#ready(child);
    child.once('exit', (code, signal) => {
      if (this.#process === child) void this.#tellEnd(signal ?? `exit code ${code}`);
    });
  }

  async #tellEnd(how: string): Promise<void> {
    this.#ended.resolve(
      `PostgreSQL ended (${how}); the last lines of its log:\n${await this.#lastLogLines()}`,
    );
  }

  async stop(mode: 'fast' | 'immediate' = 'fast'): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill(mode === 'fast' ? 'SIGINT' : 'SIGQUIT');
    await exited;
    if (!this.#disposed) this.#guard?.kill('SIGKILL');
  }

  /** Ends it for good. The guard ends last, so that it cleans up if this process is killed in between. */
  async dispose(): Promise<void> {
    this.#disposed = true;
    await this.stop('fast');
    if (this.#parts.temporary) await rm(this.#parts.folder, { recursive: true, force: true });
    this.#guard?.kill('SIGKILL');
  }

  async #ready(child: ChildProcess): Promise<void> {
    const deadline = Date.now() + START_TIMEOUT_MS;
    for (;;) {
      if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) {
        throw new Error(`the embedded PostgreSQL did not start:\n${await this.#lastLogLines()}`);
      }
      const client = new pg.Client({ connectionString: this.url, connectionTimeoutMillis: 2_000 });
      client.on('error', () => {}); // connect() rejects with it
      try {
        await client.connect();
        return await client.end();
      } catch (error) {
        if (Date.now() > deadline) {
          await this.stop('immediate');
          throw new Error(`the embedded PostgreSQL does not answer:\n${await this.#lastLogLines()}`, {
            cause: error,
          });
        }
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }

  async #lastLogLines(): Promise<string> {
    const text = await readFile(this.#log, 'utf8').catch(() => '(no log)');
    return text.trimEnd().split('\n').slice(-10).join('\n');
  }
}

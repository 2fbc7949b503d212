import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { sleep } from '#internal/waiting/sleep.ts';
import { type Frame, Framer, Statements } from './frames.ts';

/**
 * Moments at which a statement can be caught. `before_statement`: nothing has reached PostgreSQL.
 * `before_commit`: the statement was executed, but the Sync that commits it has not arrived. `after_commit`:
 * it is committed, but the client does not know.
 */
const MOMENTS = ['before_statement', 'before_commit', 'after_commit'] as const;
export type Moment = (typeof MOMENTS)[number];

/** A connection held in the middle of a statement. */
export interface Caught {
  letGo(): void;
  /** Closes the connection. What was held is never forwarded. */
  cut(): void;
}

interface Trap {
  readonly moment: Moment;
  readonly matches: (sql: string) => boolean;
  readonly spring: (caught: Caught) => void;
}

/** A proxy for PostgreSQL that parses the messages of its protocol. */
export class PostgresProxy implements AsyncDisposable {
  /** Delays every answer of the server by this long. */
  latencyMs = 0;
  readonly url: string;
  readonly #server: Server;
  readonly #lines = new Set<Line>();
  readonly #traps = new Set<Trap>();

  private constructor(server: Server, url: string) {
    this.#server = server;
    this.url = url;
  }

  static async start(targetUrl: string): Promise<PostgresProxy> {
    const target = new URL(targetUrl);
    const server = createServer({ noDelay: true });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const url = new URL(targetUrl);
    url.port = String((server.address() as AddressInfo).port);
    const proxy = new PostgresProxy(server, url.href);
    server.on('connection', (client) => {
      const upstream = connect({ port: Number(target.port), host: target.hostname, noDelay: true });
      const line = new Line(client, upstream, proxy);
      proxy.#lines.add(line);
      void line.closed.then(() => proxy.#lines.delete(line));
    });
    return proxy;
  }

  get connections(): number {
    return this.#lines.size;
  }

  /**
   * Holds the next connection that reaches that moment of a matching statement. Rejects when the signal
   * aborts first.
   */
  catchAt(moment: Moment, matches: (sql: string) => boolean, signal: AbortSignal): Promise<Caught> {
    return new Promise((resolve, reject) => {
      const give = () => {
        this.#traps.delete(trap);
        reject(new Error(`no connection came to ${moment}`));
      };
      const trap: Trap = {
        moment,
        matches,
        spring: (caught) => {
          signal.removeEventListener('abort', give);
          resolve(caught);
        },
      };
      if (signal.aborted) return give();
      signal.addEventListener('abort', give, { once: true });
      this.#traps.add(trap);
    });
  }

  /** Resolves when the connection may continue; undefined when nothing waits for it. */
  pass(moment: Moment, sql: string | undefined, cut: () => void): Promise<void> | undefined {
    if (sql === undefined) return undefined;
    const trap = [...this.#traps].find((each) => each.moment === moment && each.matches(sql));
    if (trap === undefined) return undefined;
    this.#traps.delete(trap);
    return new Promise((resolve) => {
      const cutAndEnd = () => {
        cut();
        resolve();
      };
      trap.spring({ letGo: resolve, cut: cutAndEnd });
    });
  }

  /** Makes the current connections half-open: they stay, but nothing is forwarded any more. New ones work. */
  stall(): number {
    for (const line of this.#lines) line.stall();
    return this.#lines.size;
  }

  /** Closes all connections. */
  cut(): number {
    const cut = this.#lines.size;
    for (const line of this.#lines) line.cut();
    return cut;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** One connection through the proxy. */
class Line {
  readonly closed: Promise<void>;
  readonly #client: Socket;
  readonly #upstream: Socket;
  readonly #proxy: PostgresProxy;
  readonly #statements = new Statements();
  readonly #never = new AbortController();
  #sql: string | undefined;
  #stalled = false;

  constructor(client: Socket, upstream: Socket, proxy: PostgresProxy) {
    this.#client = client;
    this.#upstream = upstream;
    this.#proxy = proxy;
    for (const socket of [client, upstream]) socket.on('error', () => this.cut());
    const ways = [
      this.#carry(client, upstream, new Framer(false), (frame) => this.#fromClient(frame)),
      this.#carry(upstream, client, new Framer(true), (frame) => this.#fromServer(frame)),
    ];
    this.closed = Promise.all(ways).then(() => this.cut());
  }

  stall(): void {
    this.#stalled = true;
  }

  cut(): void {
    this.#never.abort();
    this.#client.destroy();
    this.#upstream.destroy();
  }

  async #carry(
    from: Socket,
    to: Socket,
    framer: Framer,
    gate: (frame: Frame) => Promise<void> | undefined,
  ): Promise<void> {
    try {
      for await (const chunk of from) {
        if (from === this.#upstream && this.#proxy.latencyMs > 0)
          await sleep(this.#proxy.latencyMs, this.#never.signal);
        to.cork();
        for (const frame of framer.push(chunk as Buffer)) {
          const held = gate(frame);
          if (held !== undefined) {
            to.uncork();
            await held;
            to.cork();
          }
          if (!this.#stalled && !to.destroyed) to.write(frame.bytes);
        }
        to.uncork();
      }
    } catch {
      // The connection broke. Its end is forwarded below.
    }
    if (!this.#stalled || to === this.#upstream) this.cut();
  }

  #fromClient(frame: Frame): Promise<void> | undefined {
    const sql = this.#statements.textOf(frame);
    const isNew = sql !== undefined && sql !== this.#sql;
    if (sql !== undefined) this.#sql = sql;
    if (isNew || frame.type === 'Q') return this.#proxy.pass('before_statement', this.#sql, () => this.cut());
    return frame.type === 'S' ? this.#proxy.pass('before_commit', this.#sql, () => this.cut()) : undefined;
  }

  /** ReadyForQuery: the statement has completed, and is committed unless a transaction is open. */
  #fromServer(frame: Frame): Promise<void> | undefined {
    if (frame.type !== 'Z') return undefined;
    const sql = this.#sql;
    this.#sql = undefined;
    return this.#proxy.pass('after_commit', sql, () => this.cut());
  }
}

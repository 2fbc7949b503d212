import type { LookupAddress } from 'node:dns';
import { isIP, connect as connectTcp, type LookupFunction, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { buildConnector } from 'undici';
import type { AddressGuard } from './address-guard.ts';
import { isLocalhost } from './check-url.ts';
import { ConnectFailure, connectFailureOf } from './failure.ts';
import type { Names } from './names.ts';
import type { Trust } from './trust.ts';

interface ConnectorParts {
  readonly guard: AddressGuard;
  readonly names: Names;
  readonly trust: Trust;
}

/** For everything until the connection can be used: DNS, TCP and TLS. */
const CONNECT_TIMEOUT_MS = 5_000;
/** Of several addresses, each but the last one gets this long. */
const ADDRESS_TIMEOUT_MS = 1_000;
const MAX_SESSIONS = 10_000;

/**
 * Opens connections for undici. The addresses of the host are checked here, and exactly those that were checked are dialled:
 * a name that leads elsewhere later, or a URL that was checked earlier, opens no other connection. One address that is
 * refused refuses the host.
 */
export class Connector {
  readonly #parts: ConnectorParts;
  /** TLS sessions by host and port. undici's own cache holds them weakly: few outlive the next garbage collection. */
  readonly #sessions = new Map<string, Buffer>();
  #handingOver = false;

  constructor(parts: ConnectorParts) {
    this.#parts = parts;
  }

  /** Whether undici is being given a new connection right now. It then starts the request that waits for it at once. */
  get isHandingOver(): boolean {
    return this.#handingOver;
  }

  forgetSessions(): void {
    this.#sessions.clear();
  }

  readonly connect = (options: buildConnector.Options, callback: buildConnector.Callback): void => {
    void this.#open(options).then(
      (socket) => {
        this.#handingOver = true;
        try {
          callback(null, socket);
        } finally {
          this.#handingOver = false;
        }
      },
      (error: Error) => callback(error, null),
    );
  };

  async #open({ hostname, port, protocol }: buildConnector.Options): Promise<Socket> {
    const startedMs = performance.now();
    const addresses = await withinConnectTime(this.#checked(hostname), hostname);
    const options = {
      host: hostname,
      lookup: always(addresses),
      autoSelectFamilyAttemptTimeout: ADDRESS_TIMEOUT_MS,
    };
    const leftMs = Math.max(1, CONNECT_TIMEOUT_MS - (performance.now() - startedMs));
    if (protocol !== 'https:')
      return connected(connectTcp({ ...options, port: Number(port === '' ? 80 : port) }), 'connect', leftMs);
    return this.#openTls(options, Number(port === '' ? 443 : port), leftMs);
  }

  async #openTls(
    options: { readonly host: string; readonly lookup: LookupFunction },
    port: number,
    leftMs: number,
  ): Promise<Socket> {
    const { host } = options;
    const key = `${host}:${port}`;
    const session = this.#sessions.get(key);
    const socket = connectTls({
      ...options,
      port,
      // SNI carries names only. The certificate is compared with the host in any case.
      servername: isIP(host) === 0 ? host.replace(/\.$/, '') : '',
      ALPNProtocols: ['http/1.1'],
      secureContext: this.#parts.trust.context(),
      // Whatever NODE_TLS_REJECT_UNAUTHORIZED says.
      rejectUnauthorized: true,
      ...(session === undefined ? {} : { session }),
    });
    socket.on('session', (session: Buffer) => {
      if (socket.authorized) this.#keep(key, session);
    });
    try {
      return await connected(socket, 'secureConnect', leftMs);
    } catch (error) {
      this.#sessions.delete(key);
      throw error;
    }
  }

  #keep(key: string, session: Buffer): void {
    const oldest = this.#sessions.size >= MAX_SESSIONS ? this.#sessions.keys().next().value : undefined;
    if (oldest !== undefined) this.#sessions.delete(oldest);
    this.#sessions.delete(key);
    this.#sessions.set(key, session);
  }

  async #checked(host: string): Promise<readonly LookupAddress[]> {
    const { guard, names } = this.#parts;
    const version = isIP(host);
    const found = version === 0 ? await names.resolve(host) : [{ address: host, family: version }];
    const allowed = found.filter(({ address }) => !guard.refuses(address));
    // An operator who allows 127.0.0.0/8 need not allow ::1 for localhost.
    if (allowed.length === found.length || (allowed.length > 0 && isLocalhost(host))) return allowed;
    // Without the address: whoever registers endpoints must not learn where internal names lead.
    throw new ConnectFailure(
      'blocked_address',
      version === 0
        ? `${host} leads to an address that is not of the public internet`
        : `${host} is not an address of the public internet`,
    );
  }
}

/** A lookup that returns addresses which are known already. */
function always(addresses: readonly LookupAddress[]): LookupFunction {
  return (_host, options, callback) => {
    const [first] = addresses;
    if (options.all === true) callback(null, [...addresses]);
    else callback(null, first?.address ?? '', first?.family);
  };
}

/** Resolves when the socket can be used. */
function connected<S extends Socket>(
  socket: S,
  event: 'connect' | 'secureConnect',
  timeoutMs: number,
): Promise<S> {
  const { promise, resolve, reject } = Promise.withResolvers<S>();
  let reached = false;
  const timer = setTimeout(() => socket.destroy(noConnection()), timeoutMs);
  socket.setNoDelay(true).setKeepAlive(true, 60_000);
  socket.once('connect', () => {
    reached = true;
  });
  socket.once(event, () => {
    clearTimeout(timer);
    resolve(socket);
  });
  // It stays for the life of the socket: undici adds its own, and an error that nobody listens to ends the process.
  socket.on('error', (error) => {
    clearTimeout(timer);
    reject(connectFailureOf(error, reached));
  });
  // A TLS socket that is closed during the handshake may do without an error.
  socket.once('close', () => {
    clearTimeout(timer);
    reject(connectFailureOf(undefined, reached));
  });
  return promise;
}

function withinConnectTime<T>(promise: Promise<T>, host: string): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new ConnectFailure('dns', `${host}: the DNS servers do not answer for this name`)),
    CONNECT_TIMEOUT_MS,
  );
  return Promise.race([promise, late.promise]).finally(() => clearTimeout(timer));
}

function noConnection(): ConnectFailure {
  return new ConnectFailure('connect', `no connection within ${CONNECT_TIMEOUT_MS / 1_000} s`);
}

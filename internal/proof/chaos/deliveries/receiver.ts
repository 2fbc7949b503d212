import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { makeCertificate, type Certificate } from '../../../load/receivers/certificate.ts';
import { readRequest } from '../../../load/receivers/request.ts';
import { isSigned } from '../../../load/receivers/verify.ts';
import type { Did, Got } from './got.ts';
import { FRIENDLY, type Manner } from './manners.ts';

const PREFIX = '/hooks/';
/** Certificates that were made so long ago are valid no more. */
const EXPIRED_MS = 60 * 86_400_000;
const KEEP_ALIVE_MS = 75_000;
export const HOST = '127.0.0.1';
/** Loopback too, but no sender is allowed to dial it. */
export const FORBIDDEN_HOST = '127.0.0.2';

interface ReceiverSettings {
  /** Keys that must have signed a request which arrives at that time. */
  readonly keysOf: (endpoint: string, arrivedMs: number) => readonly Buffer[];
  /** Whether timestamps may be any. */
  readonly anyTime: boolean;
}

/** Plays the endpoints of all clients, over HTTP and HTTPS, and keeps a ledger of what came. */
export class Receiver implements AsyncDisposable {
  readonly got: Got[] = [];
  /** How the endpoints of that name behave; all others are friendly. */
  readonly manners = new Map<string, Manner>();
  /** How many connections came to the address that must not be dialled. */
  forbidden = 0;
  readonly certificate: Certificate;
  /** Trusted as the other one is, but its time is over. */
  readonly expired: Certificate;
  readonly #settings: ReceiverSettings;
  readonly #server: Server;
  readonly #tlsServer: TlsServer;
  readonly #trap = createTcpServer((socket) => {
    this.forbidden += 1;
    socket.destroy();
  });
  readonly #open = new Map<string, number>();
  readonly #seen = new Set<string>();
  readonly #ports = { plain: 0, tls: 0 };
  #held: Promise<void> | undefined;
  #holding = 0;

  private constructor(settings: ReceiverSettings) {
    this.#settings = settings;
    this.certificate = makeCertificate(HOST);
    this.expired = makeCertificate(HOST, Date.now() - EXPIRED_MS);
    const take = (request: IncomingMessage, response: ServerResponse) => this.#take(request, response);
    this.#server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, take);
    this.#tlsServer = createTlsServer({ ...this.certificate, keepAliveTimeout: KEEP_ALIVE_MS }, take);
    this.#tlsServer.on('tlsClientError', () => {});
  }

  static async open(settings: ReceiverSettings): Promise<Receiver> {
    const receiver = new Receiver(settings);
    receiver.#ports.plain = await listen(receiver.#server, 0, HOST);
    receiver.#ports.tls = await listen(receiver.#tlsServer, 0, HOST);
    // Where only 127.0.0.1 exists, nothing can be seen there.
    await listen(receiver.#trap, receiver.#ports.plain, FORBIDDEN_HOST).catch(() => {});
    return receiver;
  }

  urlOf(name: string, tls: boolean): string {
    const { plain, tls: secure } = this.#ports;
    return `${tls ? 'https' : 'http'}://${HOST}:${tls ? secure : plain}${PREFIX}${name}`;
  }

  /** Nobody may ever connect to it. */
  get forbiddenUrl(): string {
    return `http://${FORBIDDEN_HOST}:${this.#ports.plain}/latest/meta-data/`;
  }

  /** Requests that have arrived and are not answered because of `hold`. */
  get holding(): number {
    return this.#holding;
  }

  /** Answers nothing until the returned function is called. */
  hold(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#held = promise;
    return () => {
      this.#held = undefined;
      resolve();
    };
  }

  /** Refuses connections until the returned function is called. */
  async refuse(): Promise<() => Promise<void>> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
    return async () => void (await listen(this.#server, this.#ports.plain, HOST));
  }

  /** Serves HTTPS with another certificate, on new connections. */
  useCertificate(certificate: Certificate): void {
    this.#tlsServer.setSecureContext(certificate);
    this.#tlsServer.closeAllConnections();
  }

  #take(request: IncomingMessage, response: ServerResponse): void {
    const url = request.url ?? '';
    const endpoint = url.slice(PREFIX.length).split('?', 1)[0] ?? '';
    const chunks: Buffer[] = [];
    response.on('error', () => {});
    request
      .on('data', (chunk: Buffer) => chunks.push(chunk))
      .on('error', () => {}) // the sender is gone before it sent all of it: nothing arrived
      .on(
        'end',
        () => void this.#react(this.#arrived({ endpoint, url }, request, Buffer.concat(chunks)), response),
      );
  }

  #arrived(
    { endpoint, url }: { readonly endpoint: string; readonly url: string },
    { headers }: IncomingMessage,
    body: Buffer,
  ): Got {
    const arrivedMs = Date.now();
    const { id, event, digest } = readRequest(headers, body, []);
    const timestamp = String(headers['webhook-timestamp']);
    const header = { id: id ?? undefined, timestamp, signature: String(headers['webhook-signature']) };
    const nowMs = this.#settings.anyTime ? Number(timestamp) * 1000 : arrivedMs;
    const keys = this.#settings.keysOf(endpoint, arrivedMs);
    const key = `${endpoint} ${id}`;
    const open = (this.#open.get(key) ?? 0) + 1;
    this.#open.set(key, open);
    const isNew = !this.#seen.has(`${key} ${digest}`);
    this.#seen.add(`${key} ${digest}`);
    const got: Got = {
      order: this.got.length + 1,
      endpoint,
      url,
      host: headers.host ?? '',
      message: id,
      digest,
      arrivedMs,
      open,
      signed: keys.length > 0 && keys.every((each) => isSigned(header, body, [each], nowMs)),
      content: isNew ? { body: body.toString(), event } : undefined,
      status: 'pending',
      endedMs: undefined,
    };
    this.got.push(got);
    return got;
  }

  async #react(got: Got, response: ServerResponse): Promise<void> {
    const key = `${got.endpoint} ${got.message}`;
    const end = (status: Did) => {
      if (got.status !== 'pending') return;
      got.status = status;
      got.endedMs = Date.now();
    };
    response.once('close', () => {
      this.#open.set(key, (this.#open.get(key) ?? 1) - 1);
      end('gone');
    });
    if (this.#held !== undefined) {
      this.#holding += 1;
      await this.#held;
      this.#holding -= 1;
    }
    const manner = this.manners.get(got.endpoint) ?? FRIENDLY;
    await manner({
      response,
      did: end,
      isGone: () => got.status !== 'pending' || response.socket?.writable !== true,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of [this.#server, this.#tlsServer]) {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    }
    if (this.#trap.listening) await new Promise((resolve) => this.#trap.close(resolve));
  }
}

async function listen(
  server: Server | TlsServer | ReturnType<typeof createTcpServer>,
  port: number,
  host: string,
): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host, backlog: 4_096 }, resolve);
  });
  return (server.address() as AddressInfo).port;
}

import {
  createServer as createHttp,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttps } from 'node:https';
import { type AddressInfo, isIPv6 } from 'node:net';
import { ProgramError } from '#internal/daemon/program.ts';
import type { Behaviour } from './behaviour.ts';
import type { Certificate } from './certificate.ts';
import { type DeliveryLedger, type DeliveryLine, isSuccess } from './delivery-ledger.ts';
import { EndpointRecord } from './endpoint-record.ts';
import { readRequest } from './request.ts';

const PREFIX = '/hooks/';

/** Idle connections stay open for longer than a sender keeps them, so that it never reuses one that is being closed. */
const KEEP_ALIVE_MS = 75_000;
const BACKLOG = 4_096;

const REFUSED_SIGNATURE = 401;

export interface ReceiversSettings {
  /** 0 for any free port. */
  readonly port: number;
  readonly host: string;
  /** What an endpoint does with its next request. */
  readonly behaviourOf: (endpoint: string) => Behaviour;
  /** Keys of the endpoint's secrets; without any, its signatures are not checked. */
  readonly keysOf: (endpoint: string) => readonly Buffer[];
  readonly seed: number;
  readonly ledger: DeliveryLedger;
  /** Serves HTTPS with it. */
  readonly tls?: Certificate | undefined;
}

interface Receivers extends AsyncDisposable {
  /** Without the slash at the end: `/hooks/<endpoint>` follows. */
  readonly url: string;
}

/**
 * Plays the HTTP endpoints of clients: every path below /hooks/ is one. Verifies signatures, answers as told, and writes
 * down each request when it ends.
 * @throws ProgramError when the port is taken or may not be used
 */
export async function openReceivers(settings: ReceiversSettings): Promise<Receivers> {
  const endpoints = new Map<string, EndpointRecord>();
  const endpointAt = (name: string) => {
    const found = endpoints.get(name) ?? new EndpointRecord(name, settings.seed);
    endpoints.set(name, found);
    return found;
  };
  /** Ends each request that is without an answer. */
  const open = new Set<() => void>();
  let order = 0;
  const take = (request: IncomingMessage, response: ServerResponse) => {
    const name = endpointIn(request.url ?? '/');
    if (name === undefined) return answerOther(request, response);
    const chunks: Buffer[] = [];
    request
      .on('data', (chunk: Buffer) => chunks.push(chunk))
      .on('error', () => {}) // the client is gone before it sent all of it: nothing arrived
      .on('end', () => {
        order += 1;
        const arrival = { endpoint: endpointAt(name), order, headers: request.headers };
        react(arrival, Buffer.concat(chunks), response, { ...settings, open });
      });
  };
  const server = settings.tls === undefined ? createHttp(take) : createHttps(settings.tls, take);
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  await listen(server, settings);
  const { port } = server.address() as AddressInfo;
  const host = isIPv6(settings.host) ? `[${settings.host}]` : settings.host;
  return {
    url: `${settings.tls === undefined ? 'http' : 'https'}://${host}:${port}`,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const end of open) end();
      server.closeAllConnections();
      await closed;
    },
  };
}

interface Arrival {
  readonly endpoint: EndpointRecord;
  readonly order: number;
  readonly headers: IncomingMessage['headers'];
}

/** Reacts to a request that has arrived, and writes the line of the ledger when it is answered or its connection is gone. */
function react(
  { endpoint, order, headers }: Arrival,
  body: Buffer,
  response: ServerResponse,
  { behaviourOf, keysOf, ledger, open }: ReceiversSettings & { readonly open: Set<() => void> },
): void {
  const { name } = endpoint;
  const content = readRequest(headers, body, keysOf(name));
  const message = content.id ?? '';
  const nth = endpoint.arrived(message);
  const behaviour = behaviourOf(name);
  const { reaction, delayMs } = endpoint.reactions.next(behaviour);
  const line = {
    time: new Date().toISOString(),
    order,
    endpoint: name,
    ...content,
    ...nth,
  };
  const end = (status: DeliveryLine['status']) => {
    if (!open.delete(leave)) return;
    clearTimeout(timer);
    ledger.record({ ...line, status }, endpoint.ended(message, isSuccess(status)));
  };
  const act = () => {
    if (reaction === 'hang') return;
    const status = content.signature === 'bad' ? REFUSED_SIGNATURE : reaction;
    end(status);
    if (status === 'reset') response.socket?.resetAndDestroy();
    else response.writeHead(status, retryAfterOf(status, behaviour)).end();
  };
  const leave = () => end(reaction === 'hang' ? 'hang' : 'gone');
  open.add(leave);
  response.once('close', leave);
  const timer = delayMs > 0 ? setTimeout(act, delayMs) : undefined;
  if (timer === undefined) act();
}

function retryAfterOf(status: number, { retryAfter }: Behaviour): Record<string, string> {
  return retryAfter !== undefined && (status === 429 || status === 503) ? { 'retry-after': retryAfter } : {};
}

function endpointIn(url: string): string | undefined {
  const path = url.split('?', 1)[0] ?? '';
  return path.startsWith(PREFIX) && path.length > PREFIX.length ? path.slice(PREFIX.length) : undefined;
}

function answerOther(request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  const [status, text] =
    request.url === '/livez' ? [200, 'ok\n'] : [404, 'use /hooks/<endpoint> or /livez\n'];
  response.writeHead(status, { 'content-type': 'text/plain' }).end(text);
}

async function listen(server: Server, { port, host }: ReceiversSettings): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(explain(error, port, host)));
    server.listen({ port, host, backlog: BACKLOG }, resolve);
  });
}

function explain(error: NodeJS.ErrnoException, port: number, host: string): ProgramError {
  const why = {
    EADDRINUSE: `port ${port} is taken: choose another one, or 0 for any free port`,
    EACCES: `this user may not use port ${port}: choose another one`,
    EADDRNOTAVAIL: `this machine has no address ${host}`,
    ENOTFOUND: `this machine has no address ${host}`,
  }[error.code ?? ''];
  const message = `the receivers cannot listen: ${why ?? error.message}`;
  return new ProgramError(message, { cause: error });
}

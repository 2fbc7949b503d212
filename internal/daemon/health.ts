import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ProgramError } from './program.ts';

/** How long a readiness check may take before it counts as failed. */
const CHECK_TIMEOUT_MS = 2_000;

/** Checks by the name of the part; each resolves if the part is fine, and else rejects with a sentence. */
export type Checks = Readonly<Record<string, () => Promise<void>>>;

export interface Readiness {
  readonly ready: boolean;
  /** One line for each part. */
  readonly lines: readonly string[];
}

interface HealthParts {
  readonly port: number;
  /** Address to listen on; without it, all addresses of the machine. */
  readonly host?: string;
  readonly readiness: () => Promise<Readiness>;
  /** Prometheus text format. */
  readonly metrics: () => Promise<{ contentType: string; text: string }>;
}

interface HealthServer extends AsyncDisposable {
  readonly port: number;
}

/**
 * Serves `/livez` (the process answers), `/readyz` (200 if all parts are fine, else 503 with the reasons) and `/metrics`.
 * @throws ProgramError when the port is taken or may not be used
 */
export async function serveHealth(parts: HealthParts): Promise<HealthServer> {
  const server = createServer((request, response) => {
    answer(request.url ?? '/', response, parts).catch(() => {
      response.destroy(); // the client has disconnected
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(explainListenError(error, parts)));
    server.listen(parts.port, parts.host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function answer(url: string, response: ServerResponse, parts: HealthParts): Promise<void> {
  const path = url.split('?', 1)[0];
  if (path === '/livez') return send(response, 200, 'text/plain', 'ok\n');
  if (path === '/metrics') {
    const { contentType, text } = await parts.metrics();
    return send(response, 200, contentType, text);
  }
  if (path !== '/readyz') return send(response, 404, 'text/plain', 'use /livez, /readyz or /metrics\n');
  const { ready, lines } = await parts.readiness();
  send(response, ready ? 200 : 503, 'text/plain; charset=utf-8', lines.map((line) => `${line}\n`).join(''));
}

/** Runs all checks at once; ready if every check passes. */
export async function readinessOf(checks: Checks): Promise<Readiness> {
  const results = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => ({ name, problem: await problemOf(check) })),
  );
  return {
    ready: results.every(({ problem }) => problem === null),
    lines: results.map(({ name, problem }) => `${name}: ${problem ?? 'ok'}`),
  };
}

async function problemOf(check: () => Promise<void>): Promise<string | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${CHECK_TIMEOUT_MS} ms`)), CHECK_TIMEOUT_MS);
  });
  try {
    await Promise.race([check(), late]);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    clearTimeout(timer);
  }
}

function send(response: ServerResponse, status: number, contentType: string, text: string): void {
  response.writeHead(status, { 'content-type': contentType }).end(text);
}

/** Returns whether `serveHealth` failed because something listens on the port. */
export function isTaken(error: ProgramError): boolean {
  return (error.cause as NodeJS.ErrnoException | undefined)?.code === 'EADDRINUSE';
}

function explainListenError(
  error: NodeJS.ErrnoException,
  { port, host }: Pick<HealthParts, 'port' | 'host'>,
): ProgramError {
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND') {
    return new ProgramError(
      `this machine has no address ${host} to serve health and metrics on: set HEALTH_HOST to an address of this machine, or leave it out for all of them`,
      { cause: error },
    );
  }
  if (error.code === 'EADDRINUSE') {
    return new ProgramError(
      `port ${port} for health and metrics is taken: set HEALTH_PORT to another port, or to 0 for any free port`,
      { cause: error },
    );
  }
  if (error.code === 'EACCES') {
    return new ProgramError(
      `this user may not use port ${port} for health and metrics: set HEALTH_PORT to another port`,
      {
        cause: error,
      },
    );
  }
  return new ProgramError(`the health server cannot listen on port ${port}: ${error.message}`, {
    cause: error,
  });
}

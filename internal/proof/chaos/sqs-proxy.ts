import {
  Agent,
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

/** A call of the SQS JSON protocol (AWS JSON 1.0). */
interface SqsCall {
  /** For example `ReceiveMessage`. */
  readonly action: string;
  readonly input: Record<string, unknown>;
  readonly headers: IncomingHttpHeaders;
}

export interface SqsAnswer {
  readonly status: number;
  readonly output: Record<string, unknown>;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Handles a call: forwards it, changed or not, answers it itself, or returns `reset` to close the connection.
 */
export type Interceptor = (
  call: SqsCall,
  next: (call: SqsCall) => Promise<SqsAnswer | 'reset'>,
) => Promise<SqsAnswer | 'reset'>;

/** A proxy for SQS. Without interceptors it changes nothing. */
export class SqsProxy implements AsyncDisposable {
  readonly endpoint: string;
  readonly #server: Server;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 200 });
  readonly #interceptors: Interceptor[] = [];

  private constructor(server: Server) {
    this.#server = server;
    this.endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async start(targetEndpoint: string): Promise<SqsProxy> {
    const target = new URL(targetEndpoint);
    const server = createServer();
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const proxy = new SqsProxy(server);
    server.on('request', (incoming: IncomingMessage, outgoing: ServerResponse) => {
      proxy.#serve(target, incoming, outgoing).catch(() => outgoing.destroy());
    });
    return proxy;
  }

  /** Adds an interceptor in front of the others until it is disposed of. */
  intercept(interceptor: Interceptor): Disposable {
    this.#interceptors.unshift(interceptor);
    return {
      [Symbol.dispose]: () => {
        const at = this.#interceptors.indexOf(interceptor);
        if (at >= 0) this.#interceptors.splice(at, 1);
      },
    };
  }

  /** Closes all connections. */
  cut(): void {
    this.#server.closeAllConnections();
  }

  async #serve(target: URL, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = await textOf(incoming);
    const action = String(incoming.headers['x-amz-target'] ?? '').replace(/^AmazonSQS\./, '');
    const call: SqsCall = {
      action,
      input: JSON.parse(body === '' ? '{}' : body) as Record<string, unknown>,
      headers: incoming.headers,
    };
    const gone = new AbortController();
    outgoing.once('close', () => gone.abort());
    const chain = [...this.#interceptors];
    const step = (i: number, given: SqsCall): Promise<SqsAnswer | 'reset'> => {
      const interceptor = chain[i];
      return interceptor === undefined
        ? this.#forward(target, incoming.url ?? '/', given, gone.signal)
        : interceptor(given, (changed) => step(i + 1, changed));
    };
    const answer = await step(0, call).catch(() => 'reset' as const);
    if (answer === 'reset') return void outgoing.destroy();
    const text = JSON.stringify(answer.output);
    outgoing.writeHead(answer.status, {
      'content-type': 'application/x-amz-json-1.0',
      'content-length': Buffer.byteLength(text),
      ...answer.headers,
    });
    outgoing.end(text);
  }

  #forward(target: URL, path: string, call: SqsCall, signal: AbortSignal): Promise<SqsAnswer> {
    const body = Buffer.from(JSON.stringify(call.input));
    return new Promise((resolve, reject) => {
      const forwarded = request(
        {
          host: target.hostname,
          port: target.port,
          method: 'POST',
          path,
          agent: this.#agent,
          signal,
          headers: { ...call.headers, host: target.host, 'content-length': body.length },
        },
        (response) => {
          textOf(response).then((text) => {
            resolve({ status: response.statusCode ?? 500, output: parsed(text), headers: kept(response) });
          }, reject);
        },
      );
      forwarded.on('error', reject);
      forwarded.end(body);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    this.#agent.destroy();
  }
}

/** An error response as SQS sends it; throttling also has status 400. */
export function sqsError(status: number, name: string, message: string): SqsAnswer {
  return {
    status,
    output: { __type: `com.amazonaws.sqs#${name}`, message },
    headers: { 'x-amzn-errortype': name },
  };
}

async function textOf(stream: IncomingMessage): Promise<string> {
  stream.setEncoding('utf8');
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  return text;
}

function parsed(text: string): Record<string, unknown> {
  return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
}

/** Error names are also sent in headers. */
function kept(response: IncomingMessage): Record<string, string> {
  const names = ['x-amzn-query-error', 'x-amzn-errortype', 'x-amzn-requestid'];
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = response.headers[name];
      return typeof value === 'string' ? [[name, value]] : [];
    }),
  );
}

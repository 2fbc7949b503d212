import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The answer of S3 for an object: its bytes, or an error. */
type Answer = string | Buffer | { readonly status: number; readonly code: string };

/** The part of S3 that fetching an object needs: GetObject, path style, without authentication. */
export class S3Server implements AsyncDisposable {
  readonly endpoint: string;
  /** Objects by `bucket/key`. A missing object is answered with NoSuchKey. */
  readonly objects = new Map<string, Answer>();
  readonly requests: string[] = [];
  /** Called before each answer. */
  before: () => void | Promise<void> = () => {};
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async start(): Promise<S3Server> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const s3 = new S3Server(server);
    server.on('request', ({ url = '' }, response) => void s3.#answer(url, response));
    return s3;
  }

  async #answer(url: string, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(url, this.endpoint);
    const name = decodeURIComponent(pathname.slice(1));
    this.requests.push(name);
    await this.before();
    const answer = this.objects.get(name) ?? { status: 404, code: 'NoSuchKey' };
    if (typeof answer === 'string' || Buffer.isBuffer(answer)) {
      response.writeHead(200, { 'content-length': Buffer.byteLength(answer), etag: '"x"' }).end(answer);
      return;
    }
    const { status, code } = answer;
    response
      .writeHead(status, { 'content-type': 'application/xml' })
      .end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>because</Message></Error>`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

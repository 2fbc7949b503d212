import { setTimeout as sleep } from 'node:timers/promises';
import { type Dispatcher, EnvHttpProxyAgent, Pool } from 'undici';
import type { Credentials } from '../credentials.ts';
import { abortOf, type Answer, AnswerHandler, errorOf, isPassing, isRefusedLogin } from './answer.ts';
import type { CallLimits, HotAction, HotCalls, SqsTransport } from './calls.ts';
import { amzDate, Signer } from './signature.ts';

/** Endpoint, region and credentials, as the AWS SDK resolved them. */
export interface HttpTransportParts {
  readonly endpoint: URL;
  readonly region: string;
  readonly credentials: {
    /** Called before every attempt. */
    get(): Promise<Credentials>;
    /** Looks again after these were refused. Returns whether there are others now. */
    renew(refused: Credentials): Promise<boolean>;
  };
  readonly maxSockets: number;
}

const ATTEMPTS = 3;
const RETRY_BASE_MS = 50;
const RETRY_CAP_MS = 1_000;
const CONNECT_TIMEOUT_MS = 5_000;
/** Idle connections are closed before SQS closes them: a call on a connection that was just closed has to be retried. */
const IDLE_MS = 15_000;
/** SQS refuses signatures that are five minutes off; the AWS SDKs correct the clock from four minutes on. */
const SKEW_MS = 4 * 60_000;

/** The names that curl reads; lower case takes precedence. */
const PROXY_VARIABLES = ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY'];

/** A request's headers, with everything that its signature depends on. */
interface Signed {
  readonly date: string;
  readonly body: string;
  readonly credentials: Credentials;
  readonly headers: readonly string[];
}

/**
 * Makes the calls with undici in AWS JSON 1.0, signed with Signature Version 4, at a fraction of the CPU time of the AWS
 * SDK's client. Retries on throttling, 5xx, broken connections, a clock that is off and replaced credentials. Uses the proxy
 * that HTTP_PROXY, HTTPS_PROXY and NO_PROXY name.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-making-api-requests-json.html
 */
export class HttpTransport implements SqsTransport {
  readonly #parts: HttpTransportParts;
  readonly #dispatcher: Dispatcher;
  readonly #signer: Signer;
  // Read once: a URL's getters build a new string at every access.
  readonly #origin: string;
  readonly #path: string;
  readonly #host: string;
  /** How far the server's clock is ahead of ours. */
  #clockOffsetMs = 0;
  #lastReceive: Signed | undefined;
  #dateSecond = 0;
  #date = '';

  constructor(parts: HttpTransportParts) {
    this.#parts = parts;
    this.#origin = parts.endpoint.origin;
    this.#path = parts.endpoint.pathname;
    this.#host = parts.endpoint.host;
    this.#dispatcher = openDispatcher(this.#origin, parts.maxSockets);
    this.#signer = new Signer({ region: parts.region, service: 'sqs' });
  }

  async call<A extends HotAction>(
    action: A,
    input: HotCalls[A]['input'],
    { signal, timeoutMs }: CallLimits,
  ): Promise<HotCalls[A]['output']> {
    const body = JSON.stringify(input);
    for (let attempt = 1; ; attempt += 1) {
      const offsetMs = this.#clockOffsetMs;
      const credentials = await this.#parts.credentials.get();
      try {
        const headers = this.#headersOf(action, body, credentials);
        const answer = await this.#send(headers, body, { signal, timeoutMs });
        if (answer.status === 200) return JSON.parse(answer.text) as HotCalls[A]['output'];
        this.#correctClock(answer);
        throw errorOf(answer);
      } catch (error) {
        if (signal.aborted || attempt >= ATTEMPTS) throw error;
        if (offsetMs !== this.#clockOffsetMs) continue;
        if (isRefusedLogin(error) && (await this.#parts.credentials.renew(credentials))) continue;
        if (!isPassing(error)) throw error;
        const waitMs = Math.random() * Math.min(RETRY_CAP_MS, RETRY_BASE_MS * 2 ** attempt);
        await sleep(waitMs, undefined, { signal });
      }
    }
  }

  close(): void {
    void this.#dispatcher.destroy();
  }

  #send(headers: readonly string[], body: string, { signal, timeoutMs }: CallLimits): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(abortOf(signal));
      this.#dispatcher.dispatch(
        {
          origin: this.#origin,
          method: 'POST',
          path: this.#path,
          headers: headers as string[],
          body,
          headersTimeout: timeoutMs,
          bodyTimeout: timeoutMs,
        },
        new AnswerHandler({ signal, timeoutMs, resolve, reject }),
      );
    });
  }

  /** Identical long polls within one second reuse their signed headers. */
  #headersOf(action: HotAction, body: string, credentials: Credentials): readonly string[] {
    if (action !== 'ReceiveMessage') return this.#signed(action, body, credentials);
    const date = this.#now();
    const last = this.#lastReceive;
    if (last?.date === date && last.body === body && last.credentials === credentials) return last.headers;
    const headers = this.#signed(action, body, credentials);
    this.#lastReceive = { date, body, credentials, headers };
    return headers;
  }

  /** Returns signed headers as the flat list of names and values that undici sends unchanged. */
  #signed(action: HotAction, body: string, credentials: Credentials): string[] {
    const { sessionToken } = credentials;
    const headers: Record<string, string> = {
      'content-type': 'application/x-amz-json-1.0',
      host: this.#host,
      'x-amz-date': this.#now(),
    };
    if (sessionToken !== undefined) headers['x-amz-security-token'] = sessionToken;
    headers['x-amz-target'] = `AmazonSQS.${action}`;
    const request = { method: 'POST', path: this.#path, headers, body };
    const list = ['authorization', this.#signer.authorization(request, credentials)];
    for (const name in headers) list.push(name, headers[name] as string);
    return list;
  }

  #now(): string {
    const second = Math.floor((Date.now() + this.#clockOffsetMs) / 1000);
    if (second !== this.#dateSecond) {
      this.#dateSecond = second;
      this.#date = amzDate(second * 1000);
    }
    return this.#date;
  }

  #correctClock({ status, date }: Answer): void {
    const serverMs = Date.parse(date ?? '');
    if (status >= 500 || Number.isNaN(serverMs)) return;
    if (Math.abs(serverMs - (Date.now() + this.#clockOffsetMs)) >= SKEW_MS)
      this.#clockOffsetMs = serverMs - Date.now();
  }
}

/** Keep-alive connections without pipelining: a long poll would delay the calls behind it. */
function openDispatcher(origin: string, maxSockets: number): Dispatcher {
  const options = {
    connections: maxSockets,
    pipelining: 1,
    allowH2: false,
    keepAliveTimeout: IDLE_MS,
    connect: { timeout: CONNECT_TIMEOUT_MS },
  };
  return PROXY_VARIABLES.some((name) => (process.env[name] ?? '') !== '')
    ? new EnvHttpProxyAgent(options)
    : new Pool(origin, options);
}

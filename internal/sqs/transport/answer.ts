import { type Dispatcher, errors } from 'undici';

/** An HTTP answer with any status, and its whole body. */
export interface Answer {
  readonly status: number;
  readonly date: string | undefined;
  readonly text: string;
}

/** An error answer of SQS. `name` is its code, as in the AWS SDK. */
export class SqsError extends Error {
  readonly status: number;
  constructor(code: string, message: string, status: number) {
    super(message);
    this.name = code;
    this.status = status;
  }
}

interface AnswerParts {
  /** Ends the exchange at once. */
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/** Collects the answer to one request as undici delivers it. */
export class AnswerHandler implements Dispatcher.DispatchHandler {
  readonly #parts: AnswerParts;
  readonly #onAbort = () => this.#controller?.abort(abortOf(this.#parts.signal));
  #controller: Dispatcher.DispatchController | undefined;
  #status = 0;
  #date: string | undefined;
  #chunks: Buffer[] = [];

  constructor(parts: AnswerParts) {
    this.#parts = parts;
    parts.signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#parts.signal.aborted) this.#onAbort(); // aborted while it waited for a connection
  }

  onResponseStart(
    _: Dispatcher.DispatchController,
    status: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    this.#status = status;
    this.#date = typeof headers['date'] === 'string' ? headers['date'] : undefined;
    this.#chunks = [];
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    this.#settle();
    const [first] = this.#chunks;
    const bytes = this.#chunks.length === 1 && first !== undefined ? first : Buffer.concat(this.#chunks);
    this.#parts.resolve({ status: this.#status, date: this.#date, text: bytes.toString() });
  }

  onResponseError(_: Dispatcher.DispatchController | undefined, error: Error): void {
    this.#settle();
    this.#parts.reject(isTimeout(error) ? timeoutError(this.#parts.timeoutMs) : error);
  }

  #settle(): void {
    this.#parts.signal.removeEventListener('abort', this.#onAbort);
  }
}

function isTimeout(error: Error): boolean {
  return error instanceof errors.HeadersTimeoutError || error instanceof errors.BodyTimeoutError;
}

function timeoutError(timeoutMs: number): Error {
  return new DOMException(`SQS did not answer within ${timeoutMs} ms`, 'TimeoutError');
}

export function abortOf(signal: AbortSignal): Error {
  return signal.reason instanceof Error
    ? signal.reason
    : new DOMException('This operation was aborted', 'AbortError');
}

/** Turns an answer with a status other than 200 into an error. */
export function errorOf({ status, text }: Answer): SqsError {
  let code: unknown;
  let message: unknown;
  try {
    const parsed = JSON.parse(text) as { __type?: unknown; message?: unknown; Message?: unknown };
    code = parsed.__type;
    message = parsed.message ?? parsed.Message;
  } catch {
    // A proxy or load balancer in between answers in its own format: only the status is known.
  }
  const name = typeof code === 'string' ? code.split('#').at(-1) : undefined;
  return new SqsError(
    name ?? `Http${status}`,
    typeof message === 'string' ? message : `HTTP status ${status}`,
    status,
  );
}

const THROTTLED = /Throttl|TooManyRequests|RequestLimitExceeded|SlowDown/;

/** Whether a retry may succeed soon: after throttling, an error of the server, or a broken connection. */
export function isPassing(error: unknown): boolean {
  if (error instanceof SqsError)
    return error.status >= 500 || error.status === 429 || THROTTLED.test(error.name);
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}

/** Whether the call may succeed with other credentials: these have expired or were replaced. */
export function isRefusedLogin(error: unknown): boolean {
  return (
    error instanceof SqsError &&
    /ExpiredToken|InvalidClientTokenId|UnrecognizedClient|InvalidSignature|SignatureDoesNotMatch|InvalidAccessKeyId/.test(
      error.name,
    )
  );
}

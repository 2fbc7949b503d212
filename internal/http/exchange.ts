import type { Dispatcher } from 'undici';
import type { WireAnswer, WireRequest } from '../sender/wire/ports.ts';
import type { Connector } from './connector.ts';
import { failed, failureOf, isBroken } from './failure.ts';
import type { Target } from './target.ts';
import { textOf, valueOf } from './text.ts';

/** What all exchanges share. */
export interface ExchangeParts {
  readonly dispatcher: Dispatcher;
  /** Opens a new connection for each request. */
  readonly fresh: Dispatcher;
  readonly connector: Connector;
}

/** What is kept of a body. */
const KEPT_BYTES = 1_024;
/** A longer body costs more than a new connection: the rest is not read. */
const MAX_BODY_BYTES = 64 * 1_024;
/** Responses such as 103 Early Hints that may come before the real one. */
const MAX_INFORMATIONAL = 20;
/** Answered exchanges whose bodies still arrive, per URL; beyond, connections are closed rather than read to the end. */
const MAX_DRAINING = 128;

/**
 * One request and its response, as undici tells of it. The answer is given as early as it is known: with the headers of a
 * 2xx, else with the first kilobyte of the body. The rest of the body is read so that the connection can be used again, until
 * it is too long or the time is up.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly #parts: ExchangeParts;
  readonly #target: Target;
  readonly #request: WireRequest;
  /** Exchanges that the same signal stops. */
  readonly #group: Set<Exchange>;
  readonly #resolve: (answer: WireAnswer) => void;
  readonly #timer: NodeJS.Timeout;
  #controller: Dispatcher.DispatchController | undefined;
  #state: 'open' | 'answered' | 'over' = 'open';
  #isReused = false;
  #isSecondTry = false;
  #hasBegun = false;
  #informational = 0;
  #status = 0;
  #headers: Readonly<Record<string, string | string[] | undefined>> | undefined;
  #kept: Buffer | undefined;
  #bytes = 0;

  constructor(
    parts: ExchangeParts,
    target: Target,
    request: WireRequest,
    group: Set<Exchange>,
    resolve: (answer: WireAnswer) => void,
  ) {
    this.#parts = parts;
    this.#target = target;
    this.#request = request;
    this.#group = group;
    this.#resolve = resolve;
    this.#timer = setTimeout(timeIsUp, request.timeoutMs, this);
    group.add(this);
  }

  sendWith(dispatcher: Dispatcher): void {
    const { origin, path } = this.#target;
    const { headers, body } = this.#request;
    dispatcher.dispatch(
      { origin, path, method: 'POST', headers: headers as Record<string, string>, body },
      this,
    );
  }

  /** Ends the exchange at once. What is known of a response is the answer. */
  end(failure: 'timeout' | 'stopped', message: string): void {
    this.#answer(this.#status === 0 ? failed(failure, message) : this.#response());
    this.#finish();
    this.#controller?.abort(new Error(message));
  }

  /** Ends the exchange because its time is up. */
  endLate(): void {
    if (this.#state === 'over') return;
    const seconds = this.#request.timeoutMs / 1_000;
    const missing = this.#controller === undefined ? 'connection' : 'response';
    this.end('timeout', `no ${missing} within ${seconds} s`);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // Ended while it waited for a connection: nothing has been written.
    if (this.#state !== 'open') return controller.abort(new Error('ended before it was sent'));
    this.#isReused = !this.#parts.connector.isHandingOver;
  }

  onResponseStarted(): void {
    this.#hasBegun = true;
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    if (status < 200) {
      this.#informational += 1;
      if (this.#informational <= MAX_INFORMATIONAL) return;
      this.#answer(
        failed('protocol', `more than ${MAX_INFORMATIONAL} informational responses came before the real one`),
      );
      return controller.abort(new Error('too many informational responses'));
    }
    this.#status = status;
    this.#headers = headers;
    if (status < 300) this.#answerAndDrain();
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#state === 'open') {
      this.#kept = this.#kept === undefined ? chunk : Buffer.concat([this.#kept, chunk]);
      if (this.#bytes >= KEPT_BYTES) this.#answerAndDrain();
    }
    if (this.#bytes > MAX_BODY_BYTES) controller.abort(new Error('the rest of the body is not needed'));
  }

  onResponseEnd(): void {
    this.#answer(this.#response());
    this.#finish();
  }

  onResponseError(_: Dispatcher.DispatchController | undefined, error: Error): void {
    if (
      this.#state === 'open' &&
      this.#isReused &&
      !this.#isSecondTry &&
      !this.#hasBegun &&
      isBroken(error)
    ) {
      // The server closed the idle connection while the request was on its way.
      this.#isSecondTry = true;
      this.#controller = undefined;
      return this.sendWith(this.#parts.fresh);
    }
    this.#answer(this.#status === 0 ? failureOf(error, this.#hasBegun) : this.#response());
    this.#finish();
  }

  #response(): WireAnswer {
    return {
      kind: 'response',
      status: this.#status,
      retryAfter: valueOf(this.#headers?.['retry-after']),
      location: valueOf(this.#headers?.['location']),
      text:
        this.#kept === undefined
          ? undefined
          : textOf(this.#kept, valueOf(this.#headers?.['content-encoding'])),
    };
  }

  #answerAndDrain(): void {
    this.#answer(this.#response());
    if (this.#state !== 'answered') return;
    if (this.#target.draining > MAX_DRAINING) this.#controller?.abort(new Error('too many bodies to read'));
  }

  #answer(answer: WireAnswer): void {
    if (this.#state !== 'open') return;
    this.#state = 'answered';
    this.#target.draining += 1;
    this.#group.delete(this);
    this.#resolve(answer);
  }

  #finish(): void {
    if (this.#state !== 'answered') return;
    this.#state = 'over';
    this.#target.draining -= 1;
    clearTimeout(this.#timer);
  }
}

/** After the process was held up, timers run before sockets are read: the response may be there already. */
function timeIsUp(exchange: Exchange): void {
  setImmediate(endLate, exchange);
}

function endLate(exchange: Exchange): void {
  exchange.endLate();
}

import { closeSync, openSync, writeSync } from 'node:fs';
import { ProgramError } from '#internal/daemon/program.ts';
import type { Reaction } from './behaviour.ts';

/** A request that a receiver got, with what became of it. */
export interface DeliveryLine {
  /** When it had arrived, in RFC 3339. */
  readonly time: string;
  /** Counts the requests of all endpoints in the order in which they arrived, from 1. */
  readonly order: number;
  readonly endpoint: string;
  /** The header webhook-id: the message. */
  readonly id: string | null;
  /** The id of the CloudEvent, where the request has one. */
  readonly event: string | null;
  /** Counts the requests for the message at this endpoint, from 1. */
  readonly request: number;
  /** How many requests for the message were open at this endpoint when it arrived, this one included. */
  readonly open: number;
  readonly signature: 'ok' | 'bad' | 'unchecked';
  /** `gone`: the client closed the connection before the answer. */
  readonly status: Reaction | 'gone';
  /** First 16 bytes of the SHA-256 of the body, in hex. */
  readonly digest: string;
}

/** What receivers got so far. */
interface Received {
  readonly requests: number;
  /** Different messages at each endpoint, summed over the endpoints. */
  readonly messages: number;
  /** Those that were answered with 2xx. */
  readonly delivered: number;
  /** Requests for messages that the endpoint had answered with 2xx before. */
  readonly duplicates: number;
  readonly badSignatures: number;
  readonly statuses: Readonly<Record<string, number>>;
}

/** Counts what receivers got and, if it has a file, writes a JSON line for each request. */
export class DeliveryLedger implements Disposable {
  readonly #file: { readonly path: string; readonly descriptor: number } | undefined;
  readonly #statuses = new Map<string, number>();
  #requests = 0;
  #messages = 0;
  #delivered = 0;
  #duplicates = 0;
  #badSignatures = 0;

  /** @throws ProgramError when the file cannot be written; one that exists is replaced */
  constructor(path?: string) {
    this.#file =
      path === undefined ? undefined : { path, descriptor: attempt(path, () => openSync(path, 'w')) };
  }

  /**
   * Passes the line to the operating system before it returns, so that it survives any end of the process.
   * @param again whether the endpoint had answered the message with 2xx before
   */
  record(line: DeliveryLine, again: boolean): void {
    this.#requests += 1;
    if (line.request === 1) this.#messages += 1;
    if (again) this.#duplicates += 1;
    else if (isSuccess(line.status)) this.#delivered += 1;
    if (line.signature === 'bad') this.#badSignatures += 1;
    const status = String(line.status);
    this.#statuses.set(status, (this.#statuses.get(status) ?? 0) + 1);
    if (this.#file === undefined) return;
    const { path, descriptor } = this.#file;
    attempt(path, () => writeSync(descriptor, `${JSON.stringify(line)}\n`));
  }

  get received(): Received {
    return {
      requests: this.#requests,
      messages: this.#messages,
      delivered: this.#delivered,
      duplicates: this.#duplicates,
      badSignatures: this.#badSignatures,
      statuses: Object.fromEntries(this.#statuses),
    };
  }

  [Symbol.dispose](): void {
    if (this.#file !== undefined) closeSync(this.#file.descriptor);
  }
}

export function isSuccess(status: DeliveryLine['status']): boolean {
  return typeof status === 'number' && status >= 200 && status < 300;
}

function attempt<T>(path: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    throw new ProgramError(`the ledger ${path} cannot be written: ${(error as Error).message}`, {
      exitCode: 2,
      cause: error,
    });
  }
}

import { createWriteStream, type WriteStream } from 'node:fs';
import { once } from 'node:events';
import type { GeneratedEvent, Kind } from './events.ts';

/** What is known of a send: SQS took it; SQS refused it; no answer came, it may be in the queue. */
export type SendOutcome = 'ok' | 'failed' | 'unknown';

/** One line of the ledger file. */
export interface LedgerLine {
  readonly id: string;
  readonly tenant: string;
  readonly kind: Kind;
  readonly outcome: SendOutcome;
}

/** Counts what was sent and, with a file, writes a line for every event once its send is answered. */
export class Ledger implements AsyncDisposable {
  readonly counts = { good: 0, bad: 0, duplicate: 0, failed: 0, unknown: 0 };
  readonly #file: WriteStream | undefined;

  private constructor(file: WriteStream | undefined) {
    this.#file = file;
  }

  /** @throws Error when the file cannot be written */
  static async open(path: string | undefined): Promise<Ledger> {
    if (path === undefined) return new Ledger(undefined);
    const file = createWriteStream(path, { flags: 'w' });
    try {
      await once(file, 'open');
    } catch (error) {
      throw new Error(`the ledger cannot be written: ${(error as Error).message}`, { cause: error });
    }
    return new Ledger(file);
  }

  get answered(): number {
    const { good, bad, duplicate, failed, unknown } = this.counts;
    return good + bad + duplicate + failed + unknown;
  }

  async write(events: readonly GeneratedEvent[], outcome: SendOutcome): Promise<void> {
    for (const { kind } of events) this.counts[outcome === 'ok' ? kind : outcome] += 1;
    if (this.#file === undefined) return;
    const lines = events.map(({ id, tenant, kind }) =>
      JSON.stringify({ id, tenant, kind, outcome } satisfies LedgerLine),
    );
    if (!this.#file.write(`${lines.join('\n')}\n`)) await once(this.#file, 'drain');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#file === undefined) return;
    this.#file.end();
    await once(this.#file, 'close');
  }
}

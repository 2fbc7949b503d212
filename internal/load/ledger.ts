import { appendFileSync, closeSync, openSync } from 'node:fs';
import { ProgramError } from '#internal/daemon/program.ts';
import { EVENT_KINDS, type EventKind } from './generator.ts';

/**
 * The outcome of sending an event. `ok`: SQS accepted it. `failed`: SQS certainly did not. `unknown`: the answer was lost,
 * so it may be in the queue; it was not sent again.
 */
const OUTCOMES = ['ok', 'failed', 'unknown'] as const;
export type Outcome = (typeof OUTCOMES)[number];

export interface LedgerLine {
  readonly id: string;
  readonly tenant: string;
  readonly kind: EventKind;
  readonly outcome: Outcome;
}

type Counts = Record<EventKind, Record<Outcome, number>>;

/** Counts every event by kind and outcome and, if it has a file, writes a JSON line for each. */
export class Ledger implements Disposable {
  readonly counts: Counts = { good: none(), duplicate: none(), bad: none() };
  readonly #file: { readonly path: string; readonly descriptor: number } | undefined;

  /** @throws ProgramError when the file cannot be written; one that exists is replaced */
  constructor(path?: string) {
    this.#file =
      path === undefined ? undefined : { path, descriptor: attempt(path, () => openSync(path, 'w')) };
  }

  /** Passes the lines to the operating system before it returns, so that they survive any end of the process. */
  record(entries: readonly LedgerLine[]): void {
    for (const { kind, outcome } of entries) this.counts[kind][outcome] += 1;
    if (this.#file === undefined || entries.length === 0) return;
    const { path, descriptor } = this.#file;
    const lines = entries.map(
      ({ id, tenant, kind, outcome }) => `${JSON.stringify({ id, tenant, kind, outcome })}\n`,
    );
    attempt(path, () => appendFileSync(descriptor, lines.join('')));
  }

  /** Events with this outcome, of every kind. */
  total(outcome: Outcome): number {
    return EVENT_KINDS.reduce((sum, kind) => sum + this.counts[kind][outcome], 0);
  }

  /** Events whose sends have ended, with any outcome. */
  get settled(): number {
    return OUTCOMES.reduce((sum, outcome) => sum + this.total(outcome), 0);
  }

  [Symbol.dispose](): void {
    if (this.#file !== undefined) closeSync(this.#file.descriptor);
  }
}

function none(): Record<Outcome, number> {
  return { ok: 0, failed: 0, unknown: 0 };
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

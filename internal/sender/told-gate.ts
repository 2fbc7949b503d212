import { Gate } from '../waiting/gate.ts';
import type { Log } from './ports.ts';

/** A gate whose outages are in the log: one line when the store goes away, one when every caller gets through again. */
export class ToldGate extends Gate {
  readonly #log: Pick<Log, 'info' | 'warn'>;

  constructor(log: Pick<Log, 'info' | 'warn'>) {
    super();
    this.#log = log;
  }

  override async failed(...failure: Parameters<Gate['failed']>): Promise<void> {
    const [, err] = failure;
    if (this.problem === undefined)
      this.#log.warn({ err }, 'PostgreSQL is away; no request begins until it is back');
    await super.failed(...failure);
  }

  override succeeded(by: object): number | undefined {
    const awayMs = super.succeeded(by);
    if (awayMs !== undefined)
      this.#log.info({ awaySeconds: Math.round(awayMs / 100) / 10 }, 'PostgreSQL is back');
    return awayMs;
  }
}

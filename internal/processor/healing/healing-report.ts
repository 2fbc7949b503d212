import type { Log } from '../ports.ts';
import type { LeftAsItIs } from '../replay.ts';

const WAIT_FOR = {
  lock: 'for a lock that another session of PostgreSQL holds',
  elsewhere: 'until S3, which holds their bodies, answers',
} as const;

const EVERY_MS = 60_000;

/** Sums up what was healed, and logs it at most once a minute. */
export class HealingReport {
  readonly #log: Log;
  #replayed = 0;
  #refused = 0;
  #failed = 0;
  #example: { readonly id: string; readonly err: unknown } | undefined;
  #toldMs = Number.NEGATIVE_INFINITY;
  #warnedMs = Number.NEGATIVE_INFINITY;
  #leftMs = Number.NEGATIVE_INFINITY;
  #failuresInARow = 0;

  constructor(log: Log) {
    this.#log = log;
  }

  add({ replayed, refused }: { readonly replayed: number; readonly refused: number }): void {
    this.#replayed += replayed;
    this.#refused += refused;
  }

  /** An unexpected error left a rejection as it is. */
  failed(id: string, err: unknown): void {
    this.#failed += 1;
    this.#example ??= { id, err };
  }

  /** A turn succeeded. */
  went(): void {
    this.#failuresInARow = 0;
  }

  /** A turn failed. A single failure is not logged: PostgreSQL may have been restarted. */
  heldUp(err: unknown): void {
    this.#failuresInARow += 1;
    if (this.#failuresInARow < 2 || performance.now() - this.#warnedMs < EVERY_MS) return;
    this.#warnedMs = performance.now();
    this.#log.warn({ err }, 'rejections for names that are registered now cannot be replayed; trying again');
  }

  /** Rejections were left as they are. */
  left({ why, error }: LeftAsItIs): void {
    if (performance.now() - this.#leftMs < EVERY_MS) return;
    this.#leftMs = performance.now();
    this.#log.warn({ err: error }, `rejections to be replayed wait ${WAIT_FOR[why]}; all others go on`);
  }

  /** Logs the sums, unless they were logged within the last minute. */
  tell(): void {
    if (performance.now() - this.#toldMs >= EVERY_MS) this.end();
  }

  /** Logs the sums at once. */
  end(): void {
    const [replayed, refused, failed] = [this.#replayed, this.#refused, this.#failed];
    if (replayed + refused + failed === 0) return;
    this.#toldMs = performance.now();
    if (failed > 0)
      this.#log.error(
        { failed, ...this.#example },
        'rejections could not be decided again, because of an error in this program',
      );
    if (replayed + refused > 0)
      this.#log.info({ replayed, refused }, 'rejections replayed after a registration');
    this.#replayed = 0;
    this.#refused = 0;
    this.#failed = 0;
    this.#example = undefined;
  }
}

import type { Log } from '../ports.ts';
import type { LeftAsItIs } from '../replay.ts';

const WAIT_FOR = {
  lock: 'for a lock that another session of PostgreSQL holds',
  elsewhere: 'until S3 answers, where their bodies are',
} as const;

const EVERY_MS = 60_000;

/** Sums up what was healed, and tells it once a minute at most. */
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

  /** A rejection was left as it is, by an error that nobody expected. */
  failed(id: string, err: unknown): void {
    this.#failed += 1;
    this.#example ??= { id, err };
  }

  /** A turn ended well. */
  went(): void {
    this.#failuresInARow = 0;
  }

  /** A turn failed. Once is nothing to tell of: PostgreSQL may have been restarted. */
  heldUp(err: unknown): void {
    this.#failuresInARow += 1;
    if (this.#failuresInARow < 2 || performance.now() - this.#warnedMs < EVERY_MS) return;
    this.#warnedMs = performance.now();
    this.#log.warn({ err }, 'rejections for names that are registered now cannot be replayed; trying on');
  }

  /** Rejections were left as they are. */
  left({ why, error }: LeftAsItIs): void {
    if (performance.now() - this.#leftMs < EVERY_MS) return;
    this.#leftMs = performance.now();
    this.#log.warn(
      { err: error },
      `rejections that are to be replayed wait ${WAIT_FOR[why]}; all others go on`,
    );
  }

  /** Tells what came together, unless something was told within the last minute. */
  tell(): void {
    if (performance.now() - this.#toldMs >= EVERY_MS) this.end();
  }

  /** Tells what came together, whenever that was. */
  end(): void {
    const [replayed, refused, failed] = [this.#replayed, this.#refused, this.#failed];
    if (replayed + refused + failed === 0) return;
    this.#toldMs = performance.now();
    if (failed > 0)
      this.#log.error(
        { failed, ...this.#example },
        'rejections could not be decided again, for an error of ours',
      );
    if (replayed + refused > 0)
      this.#log.info({ replayed, refused }, 'rejections replayed after a registration');
    this.#replayed = 0;
    this.#refused = 0;
    this.#failed = 0;
    this.#example = undefined;
  }
}

import type { Log } from '../processor/ports.ts';

const EVERY_MS = 60_000;

/** Sums up what was healed, and tells it once a minute at most. */
export class HealingReport {
  readonly #log: Log;
  #replayed = 0;
  #refused = 0;
  #failed = 0;
  #example: { readonly id: string; readonly err: unknown } | undefined;
  #toldMs = Number.NEGATIVE_INFINITY;

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

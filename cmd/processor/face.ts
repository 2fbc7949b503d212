import { type Checks, type Readiness, readinessOf } from '#internal/daemon/health.ts';
import { type Metrics, type MetricSources, openMetrics } from '#internal/telemetry/processor-metrics.ts';
import { Books } from '#internal/processor/books.ts';

/** A processor as it is seen from outside, from its first moment on: before it has opened anything, what it waits for. */
export class Face {
  readonly metrics: Metrics = openMetrics(() => this.#sources());
  readonly #away = new Map<'postgres' | 'sqs', string>();
  readonly #noBooks = new Books();
  #sources: () => MetricSources = () => ({
    books: this.#noBooks,
    deleteFailures: 0,
    rejectionsReplayed: 0,
    health: Object.fromEntries([...this.#away.keys()].map((part) => [part, false])),
    oldestHeldSeconds: 0,
  });
  #checks: () => Checks = () => ({
    ...Object.fromEntries([...this.#away].map(([part, problem]) => [part, () => failing(problem)])),
    running: () => failing('starting'),
  });

  /** The start waits for that part; null: no longer. */
  waitsFor(part: 'postgres' | 'sqs', problem: string | null): void {
    if (problem === null) this.#away.delete(part);
    else this.#away.set(part, problem);
  }

  /** From now on it shows the running processor. */
  runs(sources: () => MetricSources, checks: Checks): void {
    this.#sources = sources;
    this.#checks = () => checks;
  }

  readiness(): Promise<Readiness> {
    return readinessOf(this.#checks());
  }
}

async function failing(problem: string): Promise<void> {
  throw new Error(problem);
}

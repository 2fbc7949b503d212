import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { type MetricSnapshot, RetiredMetrics, sumMetrics } from './sum-metrics.ts';

/** The state that metrics show of each single worker. */
interface WorkerState {
  readonly number: number;
  readonly ready: boolean;
  /** Pieces of work that it holds, as of its last report. */
  readonly held: number;
  readonly restarts: number;
}

/** The prefix of the program's metrics, and the metric of what its workers hold. */
export interface FleetNames {
  readonly prefix: string;
  readonly held: { readonly name: string; readonly help: string };
}

/** The metrics page of a supervisor: its own metrics, the sum of its workers' metrics, and the state of each worker. */
export class FleetMetrics {
  readonly #registry = new Registry();
  readonly #retired = new RetiredMetrics();

  constructor({ prefix, held }: FleetNames, workers: () => readonly WorkerState[]) {
    collectDefaultMetrics({ register: this.#registry });
    const labelNames = ['worker'] as const;
    const registers = [this.#registry];
    new Gauge({
      name: `${prefix}_worker_ready`,
      help: '1 while the worker runs and has opened all it needs.',
      labelNames,
      registers,
      collect() {
        for (const { number, ready } of workers()) this.set({ worker: number }, ready ? 1 : 0);
      },
    });
    new Gauge({
      name: `${prefix}_worker_${held.name}`,
      help: held.help,
      labelNames,
      registers,
      collect() {
        for (const each of workers()) this.set({ worker: each.number }, each.held);
      },
    });
    new Counter({
      name: `${prefix}_worker_restarts_total`,
      help: 'How often the worker ended and another was started in its place.',
      labelNames,
      registers,
      collect() {
        this.reset();
        for (const { number, restarts } of workers()) this.inc({ worker: number }, restarts);
      },
    });
  }

  /** Keeps the counters of a worker that ended. */
  retire(snapshot: MetricSnapshot): void {
    this.#retired.add(snapshot);
  }

  /** @param live returns the metrics of the running workers; called last, in the same turn as the retired ones are read */
  async page(live: () => readonly MetricSnapshot[]): Promise<{ contentType: string; text: string }> {
    const own = await this.#registry.getMetricsAsJSON();
    return sumMetrics([own, this.#retired.snapshot, ...live()]);
  }
}

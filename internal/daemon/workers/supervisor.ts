import type { Logger } from 'pino';
import type { Readiness } from '../health.ts';
import { ProgramError } from '../program.ts';
import { sleep } from '../../waiting/sleep.ts';
import { FleetMetrics, type FleetNames } from './fleet-metrics.ts';
import { readinessOfFleet } from './fleet-readiness.ts';
import { REPORT_MS } from './messages.ts';
import { addReport, addReportOfTheDead, NOTHING_REPORTED, type Total } from './report.ts';
import { RestartBackoff } from './restart-backoff.ts';
import { Silence } from './silence.ts';
import type { WorkerEnd, WorkerProcess } from './worker-process.ts';

/** Workers have a second less than the supervisor, which kills the survivors half a second before its own deadline. */
const WORKERS_EARLIER_SECONDS = 1;
const KILL_EARLIER_SECONDS = 0.5;

/** Failed starts in a row, while no worker runs, after which the supervisor itself ends. */
const MAX_FAILED_STARTS = 5;

/** A worker that misses this many reports in a row hangs: it holds work and does not finish it. */
const MAX_SILENCES = 60;

/** What a supervisor needs of a worker. */
export type Worker = Pick<WorkerProcess, keyof WorkerProcess>;

export interface SupervisorOptions {
  readonly count: number;
  /** Starts the worker of that number, from 1 on. */
  readonly start: (number: number, onReady: () => void) => Worker;
  readonly shutdown: { readonly drain: AbortSignal; readonly stop: AbortSignal };
  readonly shutdownTimeoutSeconds: number;
  /** Workers end when their work is done, and are not replaced then. */
  readonly endsByItself: boolean;
  /** Called once, when every worker has been ready. */
  readonly onReady: () => void;
  readonly metricNames: FleetNames;
  readonly log: Logger;
}

/** `drained`: every worker settled what it held. `restarts`: number of workers that were replaced. */
interface SupervisorResult {
  readonly total: Total;
  readonly drained: boolean;
  readonly restarts: number;
}

/**
 * Keeps `count` workers running: starts the first alone, because what stops it would stop all of them, then the others;
 * replaces those that die; forwards the shutdown; and combines their readiness, metrics and reports.
 */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #numbers: readonly number[];
  readonly #live = new Map<number, Worker>();
  readonly #haveBeenReady = new Set<number>();
  readonly #restarts = new Map<number, number>();
  readonly #firstReady = Promise.withResolvers<void>();
  readonly #failed = new AbortController();
  readonly #ending: AbortSignal;
  readonly #metrics: FleetMetrics;
  #failedStarts = 0;
  #total = NOTHING_REPORTED;
  #drained = true;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#numbers = Array.from({ length: options.count }, (_, i) => i + 1);
    const { drain, stop } = options.shutdown;
    this.#ending = AbortSignal.any([drain, stop, this.#failed.signal]);
    this.#metrics = new FleetMetrics(options.metricNames, () =>
      this.#numbers.map((number) => this.#stateOf(number)),
    );
  }

  /**
   * Runs until the signals, or until all workers have ended by themselves.
   * @throws ProgramError when the workers cannot be started
   */
  async run(): Promise<SupervisorResult> {
    const { stop } = this.#options.shutdown;
    this.#ending.addEventListener('abort', () => this.#drain(), { once: true });
    stop.addEventListener('abort', () => this.#each((worker) => worker.stop()), { once: true });
    const listening = this.#listen();
    try {
      const first = this.#keep(1);
      await Promise.race([this.#firstReady.promise, first]);
      await Promise.all([first, ...this.#numbers.slice(1).map((number) => this.#keep(number))]);
    } finally {
      clearInterval(listening);
    }
    if (this.#failed.signal.aborted) throw this.#failed.signal.reason;
    const restarts = [...this.#restarts.values()].reduce((sum, count) => sum + count, 0);
    return { total: this.#total, drained: this.#drained, restarts };
  }

  readiness(): Promise<Readiness> {
    const workers = this.#numbers.map((number) => [number, this.#live.get(number)] as const);
    return readinessOfFleet(workers, this.#ending.aborted);
  }

  /** Returns the metrics of all workers on one page; for a worker that does not answer, its previous ones. */
  async metrics(): Promise<{ contentType: string; text: string }> {
    await Promise.all(
      [...this.#live.values()].filter(({ ready }) => ready).map((each) => each.ask('metrics')),
    );
    return this.#metrics.page(() => [...this.#live.values()].map(({ metrics }) => metrics ?? []));
  }

  /** Kills all workers. What they hold is abandoned. */
  kill(): void {
    this.#each((worker) => worker.kill());
  }

  /** Keeps the worker of that number running until the end. */
  async #keep(number: number): Promise<void> {
    const { start, endsByItself, log } = this.#options;
    const backoff = new RestartBackoff();
    while (!this.#ending.aborted) {
      const worker = start(number, () => this.#noteReady(number));
      this.#live.set(number, worker);
      const end = await worker.exited;
      this.#live.delete(number);
      this.#settle(worker);
      const drained = end.code === 0 && worker.settled;
      if (this.#ending.aborted) return this.#judge(number, worker, end);
      if (drained && endsByItself) return;
      const told = { worker: number, workerPid: worker.pid, ...end, reason: worker.failure?.message };
      if (!worker.ready) this.#startFailed(number, worker, end);
      if (this.#ending.aborted) return;
      const waitMs = drained ? 0 : Math.round(backoff.nextMs(worker.readyMs));
      log[drained ? 'info' : 'error']({ ...told, waitMs }, 'a worker ended; another takes its place');
      this.#restarts.set(number, (this.#restarts.get(number) ?? 0) + 1);
      await sleep(waitMs, this.#ending);
    }
  }

  #noteReady(number: number): void {
    this.#failedStarts = 0;
    this.#firstReady.resolve();
    const complete = this.#complete;
    this.#haveBeenReady.add(number);
    if (this.#complete && !complete) this.#options.onReady();
  }

  get #complete(): boolean {
    return this.#haveBeenReady.size === this.#options.count;
  }

  /**
   * Before all workers have started once, one worker's reason why it cannot start is taken for all: wrong configuration,
   * a missing queue, too many connections. Later, the cause may be temporary, and starts are retried while others run.
   */
  #startFailed(number: number, { failure }: Worker, end: WorkerEnd): void {
    this.#failedStarts += 1;
    const anyRuns = [...this.#live.values()].some(({ ready }) => ready);
    const giveUp = this.#failedStarts >= MAX_FAILED_STARTS && !anyRuns;
    if (!giveUp && (failure === undefined || this.#complete)) return;
    const how = end.signal === null ? `exit code ${end.code}` : end.signal;
    const message = `worker ${number} ended with ${how} before it was ready, and so did ${MAX_FAILED_STARTS - 1} before it`;
    const { exitCode } = failure ?? { exitCode: 1 };
    this.#failed.abort(new ProgramError(failure?.message ?? message, { exitCode }));
  }

  /** Takes over the report and the counters of a worker that ended. */
  #settle(worker: Worker): void {
    const { report, metrics } = worker;
    if (metrics !== undefined) this.#metrics.retire(metrics);
    if (report === undefined) return;
    const add = worker.settled ? addReport : addReportOfTheDead;
    this.#total = add(this.#total, report);
  }

  /** Checks that a worker that ended during the shutdown has drained; one that was never ready held nothing. */
  #judge(number: number, worker: Worker, end: WorkerEnd): void {
    if (!worker.ready || (end.code === 0 && worker.settled)) return;
    this.#drained = false;
    const reason = worker.failure?.message;
    const told = { worker: number, workerPid: worker.pid, ...end, reason, held: worker.report?.held };
    this.#options.log.error(told, 'a worker ended before it had drained; what it held is abandoned');
  }

  #drain(): void {
    const seconds = this.#options.shutdownTimeoutSeconds;
    this.#each((worker) => worker.drain(seconds - WORKERS_EARLIER_SECONDS));
    setTimeout(() => this.kill(), (seconds - KILL_EARLIER_SECONDS) * 1000).unref();
  }

  /** Kills workers that hang; they are then replaced like any that died. */
  #listen(): NodeJS.Timeout {
    const silence = new Silence<Worker>(MAX_SILENCES);
    return setInterval(() => {
      for (const worker of silence.look(this.#live.values())) {
        this.#options.log.error(
          { workerPid: worker.pid, reports: MAX_SILENCES },
          'a worker hangs and is killed',
        );
        worker.kill();
      }
    }, REPORT_MS);
  }

  #each(tell: (worker: Worker) => void): void {
    for (const worker of this.#live.values()) tell(worker);
  }

  #stateOf(number: number) {
    const worker = this.#live.get(number);
    return {
      number,
      ready: worker?.ready ?? false,
      held: worker?.report?.held ?? 0,
      restarts: this.#restarts.get(number) ?? 0,
    };
  }
}

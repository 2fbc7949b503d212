import { type ChildProcess, fork } from 'node:child_process';
import type { Answers, FromWorker, Question, ToWorker } from './messages.ts';
import type { Report } from './report.ts';
import type { MetricSnapshot } from './sum-metrics.ts';

/** A worker that does not answer within this time is left out; shorter than the timeout of a scrape or a probe. */
const ANSWER_MS = 1_000;

export interface WorkerEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** One run of one worker, as its supervisor sees it. */
export class WorkerProcess {
  readonly exited: Promise<WorkerEnd>;
  readonly #child: ChildProcess;
  readonly #onReady: () => void;
  readonly #questions = new Map<number, (value: Answers[Question] | undefined) => void>();
  #lastQuestion = 0;
  #readyAtMs: number | undefined;
  #report: Report | undefined;
  #metrics: MetricSnapshot | undefined;
  #failure: { readonly message: string; readonly exitCode: number } | undefined;
  #settled = false;
  #heard = true;

  /** @param onReady called when the worker has opened everything and starts to receive */
  constructor(program: URL, args: readonly string[], onReady: () => void) {
    this.#onReady = onReady;
    // "advanced", because values of metrics may be NaN, which JSON turns into null.
    this.#child = fork(program, args, { serialization: 'advanced' });
    this.#child.on('message', (message) => this.#hear(message as FromWorker));
    this.exited = new Promise<WorkerEnd>((resolve) => {
      this.#child.once('exit', (code, signal) => resolve({ code, signal }));
      this.#child.on('error', (error) => {
        if (this.#child.pid !== undefined) return; // a message or a signal that came too late
        this.#failure = { message: `the worker could not be started: ${error.message}`, exitCode: 1 };
        resolve({ code: null, signal: null });
      });
    }).finally(() => {
      for (const answer of this.#questions.values()) answer(undefined);
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get ready(): boolean {
    return this.#readyAtMs !== undefined;
  }

  /** Milliseconds since the worker became ready; 0 before that. */
  get readyMs(): number {
    return this.#readyAtMs === undefined ? 0 : performance.now() - this.#readyAtMs;
  }

  /** The last report. */
  get report(): Report | undefined {
    return this.#report;
  }

  /** The last metrics that the worker sent. */
  get metrics(): MetricSnapshot | undefined {
    return this.#metrics;
  }

  /** Why the worker ended, if it could say so. */
  get failure(): { readonly message: string; readonly exitCode: number } | undefined {
    return this.#failure;
  }

  /** Whether the worker said that it holds nothing any more. */
  get settled(): boolean {
    return this.#settled;
  }

  /** Returns whether the worker has sent anything since the last call. */
  takeHeard(): boolean {
    const heard = this.#heard;
    this.#heard = false;
    return heard;
  }

  /** Returns the worker's answer; undefined if it does not answer in time or ends. */
  ask<Q extends Question>(what: Q): Promise<Answers[Q] | undefined> {
    this.#lastQuestion += 1;
    const id = this.#lastQuestion;
    return new Promise<Answers[Q] | undefined>((resolve) => {
      const timer = setTimeout(() => this.#questions.get(id)?.(undefined), ANSWER_MS);
      this.#questions.set(id, (value) => {
        clearTimeout(timer);
        this.#questions.delete(id);
        resolve(value as Answers[Q] | undefined);
      });
      this.#tell({ kind: 'ask', id, what });
    });
  }

  drain(withinSeconds: number): void {
    this.#tell({ kind: 'drain', withinSeconds });
  }

  stop(): void {
    this.#tell({ kind: 'stop' });
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  #tell(message: ToWorker): void {
    if (!this.#child.connected) return;
    this.#child.send(message, () => {}); // it may end before it reads this
  }

  #hear(message: FromWorker): void {
    this.#heard = true;
    switch (message.kind) {
      case 'ready':
        this.#readyAtMs = performance.now();
        return this.#onReady();
      case 'report':
        if (message.report !== null) this.#report = message.report;
        return;
      case 'answer':
        // Kept: the counters of a worker that dies stay in the sum.
        if (Array.isArray(message.value)) this.#metrics = message.value as MetricSnapshot;
        return this.#questions.get(message.id)?.(message.value);
      case 'failed':
        this.#failure = message;
        return;
      case 'ended':
        this.#report = message.report;
        this.#metrics = message.metrics;
        this.#settled = true;
    }
  }
}

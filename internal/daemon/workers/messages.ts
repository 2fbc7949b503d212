import type { Readiness } from '../health.ts';
import type { Report } from './report.ts';
import type { MetricSnapshot } from './sum-metrics.ts';

/** A message from a supervisor to its worker. */
export type ToWorker =
  | { readonly kind: 'ask'; readonly id: number; readonly what: Question }
  | { readonly kind: 'drain'; readonly withinSeconds: number }
  | { readonly kind: 'stop' };

export type Question = keyof Answers;

export interface Answers {
  readonly readiness: Readiness;
  readonly metrics: MetricSnapshot;
}

/** A message from a worker to its supervisor. */
export type FromWorker =
  | { readonly kind: 'ready' }
  /** Sent every second from the start on; a worker that stops sending it hangs. */
  | { readonly kind: 'report'; readonly report: Report | null }
  | { readonly kind: 'answer'; readonly id: number; readonly value: Answers[Question] }
  /** The worker ends with an error; a sentence for the operator. */
  | { readonly kind: 'failed'; readonly message: string; readonly exitCode: number }
  /** The worker's last message: everything it held is settled. */
  | { readonly kind: 'ended'; readonly report: Report; readonly metrics: MetricSnapshot };

/** How often a worker reports. */
export const REPORT_MS = 1_000;

import type { OpenRejection } from './storing.ts';

/** A task is a registered client or event type, with the open rejections for unknown names that may wait for it. */
export interface HealingTask {
  readonly id: string;
  /** Rejections of the page that are this task's; two tasks may share one. */
  readonly rejectionIds: readonly string[];
  /** Where the task's next page begins; null when this page is the last of its pass. */
  readonly next: HealingPosition | null;
}

/** How far a pass is: all up to `afterName` is done, of that name up to `afterId`, or all of it where that is null. */
export interface HealingPosition {
  readonly afterName: string;
  readonly afterId: string | null;
}

/** Rejections to be replayed, of one or more tasks. */
export interface HealingPage {
  readonly rejections: readonly OpenRejection[];
  readonly tasks: readonly HealingTask[];
}

/** What a page may hold at most. `bytes` are of bodies as they are kept; one rejection is in it however large it is. */
export interface HealingLimits {
  readonly tasks: number;
  readonly rejections: number;
  readonly bytes: number;
}

/** What a page did to a task. */
export interface HealingStep {
  readonly taskId: string;
  readonly next: HealingPosition | null;
  /** Whether a rejection was replayed, or refused for another reason than an unknown name. */
  readonly changed: boolean;
}

/** What is due of the healing of a database. */
export interface HealingDue {
  /** False while whoever healed last still pauses. */
  readonly page: boolean;
  readonly look: boolean;
  readonly sweep: boolean;
}

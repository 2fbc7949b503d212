import type { OpenRejection } from '../ports.ts';

/** A registered client or event type, with open rejections for unknown names that may wait for it. */
export interface HealingTask {
  readonly id: string;
  /** The task's rejections in the page; two tasks may share one. */
  readonly rejectionIds: readonly string[];
  /** Where the task's next page begins; null when this page is the last of its pass. */
  readonly next: HealingPosition | null;
}

/** Progress of a pass: all names before `afterName` are done, and of that name all ids up to `afterId`, or all if null. */
export interface HealingPosition {
  readonly afterName: string;
  readonly afterId: string | null;
}

/** Rejections to replay, of one or more tasks. */
export interface HealingPage {
  readonly rejections: readonly OpenRejection[];
  readonly tasks: readonly HealingTask[];
}

/** What a page may hold at most. `bytes` counts bodies and attributes; a page may always hold one rejection of any size. */
export interface HealingLimits {
  readonly tasks: number;
  readonly rejections: number;
  readonly bytes: number;
}

/** The effect of a page on a task. */
export interface HealingStep {
  readonly taskId: string;
  readonly next: HealingPosition | null;
  /** Whether a rejection was replayed, or refused for another reason than an unknown name. */
  readonly changed: boolean;
}

/** The steps of healing that are due in a database. */
export interface HealingDue {
  /** False during the pause after the last page. */
  readonly page: boolean;
  readonly look: boolean;
  readonly sweep: boolean;
}

export interface HealingIntervals {
  /** The longest that a look, and a sweep, is ever put off. */
  readonly lookMs: number;
  readonly sweepMs: number;
  /** A sweep that is due within this time counts as due. */
  readonly earlyMs: number;
}

/** The healing of one database, by one process at a time. */
export interface Healing {
  /**
   * Runs `work` in a transaction, which is rolled back when it throws. Returns undefined at once while another process
   * heals.
   */
  turn<T>(work: (turn: HealingTurn) => Promise<T>): Promise<T | undefined>;
}

/** The steps of a turn. Every method throws a StoreError for errors of the database that it knows. */
export interface HealingTurn {
  /** What is put off for longer than it ever is counts as due: the clock has stepped back. */
  due(options: HealingIntervals): Promise<HealingDue>;
  /**
   * Makes the tasks due that rejections wait for. Removes the others, if they were first seen more than `youngMs` ago.
   * Returns whether tasks are left for the next turn; else the next look is due after `everyMs`.
   */
  look(options: { readonly everyMs: number; readonly youngMs: number }): Promise<boolean>;
  /**
   * Searches the names of all rejections that wait, and adds tasks that no registration has added. Returns whether names
   * are left for the next turn; else the next sweep is due after `everyMs`.
   */
  sweep(options: { readonly everyMs: number }): Promise<boolean>;
  /** Reads rejections of the due tasks whose names are all registered. */
  page(limits: HealingLimits): Promise<HealingPage>;
  /** Moves tasks on. A complete pass without a change ends a task that was first seen more than `youngMs` ago. */
  advance(steps: readonly HealingStep[], options: { readonly youngMs: number }): Promise<void>;
  /** Lets other tasks go first for this time, at most a minute. */
  postpone(tasks: readonly HealingTask[], byMs: number): Promise<void>;
  /** Keeps all processes from reading a page for this time, at most a minute. */
  pause(forMs: number): Promise<void>;
}

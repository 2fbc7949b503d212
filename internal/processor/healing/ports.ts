import type { OpenRejection } from '../ports.ts';

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

/** What a page may hold at most. `bytes` are of bodies and attributes; one rejection is in it however large it is. */
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

export interface HealingIntervals {
  /** The longest that a look, and a sweep, is ever put off. */
  readonly lookMs: number;
  readonly sweepMs: number;
  /** A sweep that is due within this time counts as due. */
  readonly earlyMs: number;
}

/** The healing of one database, which only one process at a time does. */
export interface Healing {
  /**
   * Runs `work` while no other process heals; undefined when one does. What it wrote is committed when it resolves, and
   * undone when it throws.
   */
  turn<T>(work: (turn: HealingTurn) => Promise<T>): Promise<T | undefined>;
}

/** What may be done in a turn. Every method throws StoreError for what it knows. */
export interface HealingTurn {
  /** What is put off for longer than it ever is counts as due: the clock has stepped back. */
  due(options: HealingIntervals): Promise<HealingDue>;
  /**
   * Looks which tasks something waits for, and makes those due. One that nothing waits for is removed when it was first
   * seen more than `youngMs` ago. Returns whether tasks are left for the next turn; else the next look is due after `everyMs`.
   */
  look(options: { readonly everyMs: number; readonly youngMs: number }): Promise<boolean>;
  /**
   * Searches all names that wait, and makes tasks of what no registration made one of. Returns whether names are left
   * for the next turn; else the next sweep is due after `everyMs`.
   */
  sweep(options: { readonly everyMs: number }): Promise<boolean>;
  /** Rejections whose names are all registered, of the tasks that are due. */
  page(limits: HealingLimits): Promise<HealingPage>;
  /** Moves tasks on. A pass that is over and changed nothing ends a task that was first seen more than `youngMs` ago. */
  advance(steps: readonly HealingStep[], options: { readonly youngMs: number }): Promise<void>;
  /** Lets other tasks go first for that time, or for a minute where that is shorter. */
  postpone(tasks: readonly HealingTask[], byMs: number): Promise<void>;
  /** No process reads a page before this time has gone by, or a minute where that is shorter. */
  pause(forMs: number): Promise<void>;
}

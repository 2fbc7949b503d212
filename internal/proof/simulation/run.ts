export interface Run {
  readonly seed: number;
  /** The rule that was broken; undefined if none was. */
  readonly violation: string | undefined;
  /** The last lines of the trace, if requested. */
  readonly trace: readonly string[];
  /** Hash of the whole trace, if requested; the same for the same seed. */
  readonly traceHash: string;
  readonly virtualSeconds: number;
  /** Rows of the processor, requests of the sender. */
  readonly rows: number;
  readonly lives: number;
  readonly kills: number;
}

/** What the work is charged to; below zero, matching ends and says no. */
export interface Budget {
  steps: number;
}

/** The same for one check of a payload, which may match many patterns many times. */
export interface CheckBudget extends Budget {
  /** Of the steps that patterns may take in the worst case, what may still go to the engine's own RegExp. */
  nativeSteps: number;
  /** Gives the check up, with the reason. */
  stop(reason: string): false;
}

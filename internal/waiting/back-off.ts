/** Delay before retry `attempt` (0 is the first): exponential with full jitter, in milliseconds. */
export function fullJitterMs(attempt: number, baseMs: number, capMs: number): number {
  return Math.random() * Math.min(capMs, baseMs * 2 ** Math.min(attempt, 30));
}

/** Long enough to get on, short enough that whatever else is due (leases, deletes, `/livez`) hardly waits. */
const TURN_MS = 20;

/** Bounds how long one turn of the event loop lasts. */
export class Turn {
  #endsMs: number | undefined;

  /** Whether the remaining work has to wait for the next turn. */
  get isOver(): boolean {
    const nowMs = performance.now();
    if (this.#endsMs === undefined) {
      this.#endsMs = nowMs + TURN_MS;
      setImmediate(() => {
        this.#endsMs = undefined;
      });
    }
    return nowMs >= this.#endsMs;
  }
}

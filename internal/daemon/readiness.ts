import { type Checks, type Readiness, readinessOf } from './health.ts';

/** The readiness of a program from its start on; until everything is open, it says what the start waits for. */
export class ReadinessPage {
  readonly #away = new Map<string, string>();
  #checks: Checks | undefined;

  /** Parts that the start waits for. */
  get away(): readonly string[] {
    return [...this.#away.keys()];
  }

  /** The start waits for that part for this reason, or with null no longer. */
  waitsFor(part: string, problem: string | null): void {
    if (problem === null) this.#away.delete(part);
    else this.#away.set(part, problem);
  }

  /** The program runs: from now on it is ready if all of these checks pass. */
  runs(checks: Checks): void {
    this.#checks = checks;
  }

  readiness(): Promise<Readiness> {
    const waiting = [...this.#away].map(([part, problem]) => [part, () => failing(problem)] as const);
    return readinessOf(
      this.#checks ?? { ...Object.fromEntries(waiting), running: () => failing('starting') },
    );
  }
}

async function failing(problem: string): Promise<void> {
  throw new Error(problem);
}

import { type Check, Evaluated, type Failure, type Path, type Run } from '../run.ts';
import type { Rule, Site } from '../site.ts';
import { KINDS } from '../values.ts';

export const LOGIC: readonly Rule[] = [
  { keywords: ['allOf'], kinds: KINDS, build: allOf },
  { keywords: ['if'], kinds: KINDS, build: condition },
  { keywords: ['anyOf'], kinds: KINDS, build: anyOf },
  { keywords: ['oneOf'], kinds: KINDS, build: oneOf },
  { keywords: ['not'], kinds: KINDS, build: not },
];

function allOf(site: Site): Check | null {
  const checks = site.subs('allOf');
  if (checks === undefined) return null;
  return (value, run, seen) => {
    run.steps -= checks.length >> 2;
    for (const check of checks) if (!check(value, run, seen)) return false;
    return true;
  };
}

/** What a branch that may fail evaluates counts only when it is met. */
function branch(check: Check, value: unknown, run: Run, seen: Evaluated | null): boolean {
  if (seen === null) return check(value, run, null);
  const own = new Evaluated(run);
  const isMet = check(value, run, own);
  if (isMet) seen.merge(own, run);
  return isMet;
}

function condition(site: Site): Check {
  const test = site.sub('if') as Check;
  const then = site.sub('then');
  const otherwise = site.sub('else');
  return (value, run, seen) => {
    const next = branch(test, value, run, seen) ? then : otherwise;
    return next === undefined || next(value, run, seen);
  };
}

/** Of the alternatives that were not met, the one that went furthest into the payload before it failed. */
class Nearest {
  readonly #text: string;
  readonly #isAlone: boolean;
  #path: Path | null = null;
  #failure: Failure | null = null;

  constructor(text: string, isAlone: boolean) {
    this.#text = text;
    this.#isAlone = isAlone;
  }

  note(run: Run): void {
    if (this.#failure !== null && (run.path?.length ?? 0) <= (this.#path?.length ?? 0)) return;
    this.#path = run.path;
    this.#failure = run.failure;
  }

  /** A single alternative needs no words of its own. */
  fail(run: Run): false {
    const nearest = this.#failure as Failure;
    run.fail(this.#isAlone ? nearest : { text: this.#text, path: this.#path, nearest });
    if (this.#isAlone) run.path = this.#path;
    return false;
  }
}

function textOf(keyword: string, checks: readonly Check[]): string {
  return `must match one of the ${checks.length} schemas of ${keyword}; the nearest says: `;
}

function anyOf(site: Site): Check | null {
  const checks = site.subs('anyOf');
  if (checks === undefined) return null;
  const text = textOf('anyOf', checks);
  return (value, run, seen) => {
    const nearest = new Nearest(text, checks.length === 1);
    run.steps -= 1 + (checks.length >> 2);
    let isMet = false;
    for (const check of checks) {
      if (run.steps < 0) return false;
      if (branch(check, value, run, seen)) {
        // Where nobody asks what was evaluated, the first is enough.
        if (seen === null) return true;
        isMet = true;
      } else {
        nearest.note(run);
      }
    }
    return isMet || nearest.fail(run);
  };
}

function oneOf(site: Site): Check | null {
  const checks = site.subs('oneOf');
  if (checks === undefined) return null;
  const text = textOf('oneOf', checks);
  return (value, run, seen) => {
    const nearest = new Nearest(text, checks.length === 1);
    run.steps -= 1 + (checks.length >> 2);
    let met = -1;
    for (let i = 0; i < checks.length; i += 1) {
      if (run.steps < 0) return false;
      if (!branch(checks[i] as Check, value, run, seen)) nearest.note(run);
      else if (met === -1) met = i;
      else
        return run.fail(
          `must match exactly one schema of oneOf, matches number ${met + 1} and number ${i + 1}`,
        );
    }
    return met !== -1 || nearest.fail(run);
  };
}

function not(site: Site): Check {
  const check = site.sub('not') as Check;
  return (value, run, seen) => {
    // Nothing that it evaluates counts, but it has to be evaluated all the same.
    const isMet = check(value, run, seen === null ? null : new Evaluated(run));
    return !isMet || run.fail('must NOT match the schema of not');
  };
}

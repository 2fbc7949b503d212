import { type Automaton, automatonOf } from './automaton.ts';
import type { CheckBudget } from './budget.ts';
import { isAnchored, searchSteps } from './cost.ts';
import { type ParsedPattern, parsePattern } from './parse.ts';

/** The engine's own RegExp is asked where it takes this many steps at most, or a few for each character. */
const NATIVE_STEPS = 100_000;
const LINEAR_STEPS = 64;
/** And, for what only it can match, this many. */
const MOST_NATIVE_STEPS = 1_000_000;
/** A pattern that only it can match has to be matched in texts of this length at least. */
const LEAST_LENGTH = 63;
/** So many of its steps take as long as one of ours. */
const NATIVE_SHARE = 32;

/** Half of a character that takes two code units. */
const SURROGATE = /[\uD800-\uDFFF]/;

function hasSurrogates(text: string, budget: CheckBudget): boolean {
  budget.steps -= text.length >> 5;
  return SURROGATE.test(text);
}

/** A pattern of a schema, ready to be matched, or why it cannot be. */
type Made =
  | { readonly kind: 'matcher'; readonly matcher: Matcher }
  | { readonly kind: 'no pattern' }
  | { readonly kind: 'exponential' };

export function matcherOf(source: string): Made {
  const pattern = parsePattern(source);
  if (pattern === null) return { kind: 'no pattern' };
  const matcher = new Matcher(pattern);
  return matcher.isUsable() ? { kind: 'matcher', matcher } : { kind: 'exponential' };
}

/** Matches a pattern with bounded work: by the engine where that is quick for sure, else by an automaton. */
export class Matcher {
  readonly pattern: ParsedPattern;
  /** By the number of bits of a length: the steps for the longest text of as many. */
  readonly #steps: (number | undefined)[] = [];
  #automaton: Automaton | null | undefined;
  /**
   * Whether the engine may be wrong about a text with emoji and their like: V8 looks for patterns with the flag `u` inside
   * of them, too, and misses `[^a]$` where one stands at the end.
   */
  readonly #isDoubtful: boolean;

  constructor(pattern: ParsedPattern) {
    this.pattern = pattern;
    this.#isDoubtful = pattern.flags === 'u' && pattern.ast !== null && !isAnchored(pattern.ast);
  }

  isUsable(): boolean {
    return this.#stepsFor(LEAST_LENGTH) <= MOST_NATIVE_STEPS || this.#automatonIfAny() !== null;
  }

  /** Whether the pattern is found in the text. False with the budget's steps used up, or the check stopped, means nothing. */
  matches(text: string, budget: CheckBudget): boolean {
    if (budget.steps < 0) return false;
    const steps = this.#stepsFor(text.length);
    if (!this.#isDoubtful || !hasSurrogates(text, budget)) {
      if (steps <= LINEAR_STEPS * (text.length + 1)) {
        budget.steps -= 2 + steps / NATIVE_SHARE;
        return this.#natively(text, budget);
      }
      if (steps <= NATIVE_STEPS && steps <= budget.nativeSteps) {
        budget.steps -= 2;
        budget.nativeSteps -= steps;
        return this.#natively(text, budget);
      }
    }
    const automaton = this.#automatonIfAny();
    if (automaton !== null) return automaton.matches(text, budget);
    if (steps > MOST_NATIVE_STEPS) return budget.stop(this.#tooLong());
    budget.steps -= steps / NATIVE_SHARE;
    return this.#natively(text, budget);
  }

  /** The engine gives up with an error where it runs out of stack, which only long texts make it do. */
  #natively(text: string, budget: CheckBudget): boolean {
    try {
      return this.pattern.native.test(text);
    } catch {
      return this.#automatonIfAny()?.matches(text, budget) ?? budget.stop(this.#tooLong());
    }
  }

  #automatonIfAny(): Automaton | null {
    if (this.#automaton === undefined) this.#automaton = automatonOf(this.pattern);
    return this.#automaton;
  }

  /** Of a text of this length or up to twice as long. */
  #stepsFor(length: number): number {
    const bits = 32 - Math.clz32(length);
    const { ast } = this.pattern;
    const steps =
      this.#steps[bits] ?? (ast === null ? Number.POSITIVE_INFINITY : searchSteps(ast, 2 ** bits - 1));
    this.#steps[bits] = steps;
    return steps;
  }

  #tooLong(): string {
    return `the pattern ${JSON.stringify(this.pattern.source)} of the schema may take too long for a text of this length; a maxLength beside it bounds that`;
  }
}

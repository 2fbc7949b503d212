import type { Budget } from './budget.ts';
import { Characters } from './characters.ts';
import type { ParsedPattern } from './parse.ts';
import { type Assertion, type Program, programOf } from './program.ts';
import { Scanner } from './scanner.ts';

/** The automaton of a pattern; null where it has none. */
export function automatonOf({ ast, flags }: ParsedPattern): Automaton | null {
  if (ast === null) return null;
  const characters = new Characters(flags);
  const made = programOf(ast, characters);
  return made === null ? null : new Automaton(made.program, made.assertions, characters, flags === 'u');
}

/**
 * Finds a pattern anywhere in a text, as the engine's own RegExp would, in a time that grows with the text and no faster,
 * whatever the pattern. What it looks ahead or behind for is an automaton of its own, run over the whole text before.
 */
export class Automaton {
  readonly #main: Scanner;
  readonly #lookarounds = new Map<Assertion, Scanner>();
  readonly #assertions: readonly Assertion[];
  readonly #characters: Characters;
  readonly #isUnicode: boolean;
  /** What holds at every place within a text; null where that depends on the text. */
  readonly #within: number | null;

  constructor(
    program: Program,
    assertions: readonly Assertion[],
    characters: Characters,
    isUnicode: boolean,
  ) {
    const scannerOf = (program: Program) => new Scanner(program, characters, assertions.length);
    this.#main = scannerOf(program);
    for (const assertion of assertions)
      if (assertion.kind === 'looks') this.#lookarounds.set(assertion, scannerOf(assertion.program));
    this.#assertions = assertions;
    this.#characters = characters;
    this.#isUnicode = isUnicode;
    const isOfEnds = assertions.every(({ kind }) => kind === 'start' || kind === 'end');
    this.#within = isOfEnds ? this.#holdingAt('--', 1, new Map()) : null;
  }

  matches(text: string, budget: Budget): boolean {
    const found = new Map<Assertion, Uint8Array>();
    // What looks around within another stands before it.
    for (const [assertion, scanner] of this.#lookarounds) {
      const places = new Uint8Array(text.length + 1);
      this.#scan(scanner, text, found, budget, (at) => {
        places[at] = 1;
        return false;
      });
      found.set(assertion, places);
    }
    return this.#scan(this.#main, text, found, budget, () => true);
  }

  /** Reads the text and tells of every place where a match ends, until that says enough. */
  #scan(
    scanner: Scanner,
    text: string,
    found: ReadonlyMap<Assertion, Uint8Array>,
    budget: Budget,
    isEnough: (at: number) => boolean,
  ): boolean {
    const { isBackward } = scanner.program;
    const end = isBackward ? 0 : text.length;
    let at = isBackward ? text.length : 0;
    let state = scanner.first();
    for (;;) {
      // Only assertions about the ends of the text hold everywhere else alike.
      const isWithin = at !== 0 && at !== text.length;
      const holding = isWithin && this.#within !== null ? this.#within : this.#holdingAt(text, at, found);
      if (scanner.isMatch(state, holding, budget) && isEnough(at)) return true;
      budget.steps -= this.#within === null ? 3 : 1;
      if (at === end || budget.steps < 0) return false;
      const point = isBackward ? this.#pointBefore(text, at) : this.#pointAt(text, at);
      const next = scanner.next(state, holding, this.#characters.kindOf(point, budget), budget);
      if (next === undefined) return false;
      state = next;
      at += (point > 0xffff ? 2 : 1) * (isBackward ? -1 : 1);
    }
  }

  #pointAt(text: string, at: number): number {
    return this.#isUnicode ? (text.codePointAt(at) as number) : text.charCodeAt(at);
  }

  #pointBefore(text: string, at: number): number {
    const point = this.#isUnicode && at > 1 ? (text.codePointAt(at - 2) as number) : 0;
    return point > 0xffff ? point : text.charCodeAt(at - 1);
  }

  /** One bit for each assertion that holds at this place. */
  #holdingAt(text: string, at: number, found: ReadonlyMap<Assertion, Uint8Array>): number {
    let bits = 0;
    for (let i = 0; i < this.#assertions.length; i += 1) {
      const assertion = this.#assertions[i] as Assertion;
      if (holds(assertion, text, at, found) !== assertion.negate) bits |= 1 << i;
    }
    return bits;
  }
}

function holds(
  assertion: Assertion,
  text: string,
  at: number,
  found: ReadonlyMap<Assertion, Uint8Array>,
): boolean {
  switch (assertion.kind) {
    case 'start':
      return at === 0;
    case 'end':
      return at === text.length;
    case 'word':
      return isWord(text.charCodeAt(at - 1)) !== isWord(text.charCodeAt(at));
    case 'looks':
      return found.get(assertion)?.[at] === 1;
  }
}

/** NaN, beyond an end, is none. */
function isWord(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x30 && code <= 0x39) ||
    code === 0x5f
  );
}

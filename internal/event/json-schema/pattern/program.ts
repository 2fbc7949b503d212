import type { AST } from '@eslint-community/regexpp';
import type { Characters } from './characters.ts';
import { isAnchored } from './cost.ts';

/** A step of an automaton; it goes on to `next`. */
type Step =
  | { readonly kind: 'character'; readonly part: number; readonly next: number }
  | { readonly kind: 'either'; readonly next: number; readonly other: number }
  | { readonly kind: 'assertion'; readonly assertion: number; readonly next: number }
  | { readonly kind: 'match' };

/** A pattern, or what one looks ahead or behind for, as an automaton without memory. */
export interface Program {
  readonly steps: readonly Step[];
  readonly start: number;
  /** Reads the text from its end. */
  readonly isBackward: boolean;
  /** A match begins where reading begins, and nowhere else. */
  readonly isAnchored: boolean;
}

/** What holds between two characters or does not. */
export type Assertion =
  | { readonly kind: 'start' | 'end' | 'word'; readonly negate: boolean }
  | { readonly kind: 'looks'; readonly negate: boolean; readonly program: Program };

/** More would take too much memory. A host name of 127 labels with bounds takes half as many. */
const MAX_STEPS = 32_000;
/** Which of them hold is a number of that many bits. */
const MAX_ASSERTIONS = 8;

/** Thrown where a pattern cannot be an automaton: it refers to what it matched, or is too large. */
class NoAutomaton extends Error {}

/** The automaton of a pattern; null where it has none. */
export function programOf(
  pattern: AST.Pattern,
  characters: Characters,
): { readonly program: Program; readonly assertions: readonly Assertion[] } | null {
  const assertions: Assertion[] = [];
  try {
    return { program: assembled(pattern, false, characters, assertions), assertions };
  } catch {
    return null;
  }
}

function assembled(
  node: Pick<AST.Group, 'alternatives'>,
  isBackward: boolean,
  characters: Characters,
  assertions: Assertion[],
): Program {
  const assembler = new Assembler(isBackward, characters, assertions);
  const start = assembler.alternatives(node.alternatives, assembler.add({ kind: 'match' }));
  return { steps: assembler.steps, start, isBackward, isAnchored: !isBackward && isAnchored(node) };
}

/** Builds from the end: each part is told where it goes on to. */
class Assembler {
  readonly steps: Step[] = [];
  readonly #isBackward: boolean;
  readonly #characters: Characters;
  readonly #assertions: Assertion[];

  constructor(isBackward: boolean, characters: Characters, assertions: Assertion[]) {
    this.#isBackward = isBackward;
    this.#characters = characters;
    this.#assertions = assertions;
  }

  add(step: Step): number {
    if (this.steps.length >= MAX_STEPS) throw new NoAutomaton();
    return this.steps.push(step) - 1;
  }

  alternatives(alternatives: readonly AST.Alternative[], next: number): number {
    const starts = alternatives.map(({ elements }) => this.#sequence(elements, next));
    return starts.reduceRight((other, start) => this.add({ kind: 'either', next: start, other }));
  }

  #sequence(elements: readonly AST.Element[], next: number): number {
    const ordered = this.#isBackward ? elements : [...elements].reverse();
    return ordered.reduce((following, element) => this.#element(element, following), next);
  }

  #element(element: AST.Element, next: number): number {
    switch (element.type) {
      case 'Group':
        if (element.modifiers !== null) throw new NoAutomaton();
        return this.alternatives(element.alternatives, next);
      case 'CapturingGroup':
        return this.alternatives(element.alternatives, next);
      case 'Quantifier':
        return this.#quantifier(element, next);
      case 'Assertion':
        return this.add({ kind: 'assertion', assertion: this.#assertion(element), next });
      case 'Character':
        return this.add({ kind: 'character', part: this.#characters.point(element.value), next });
      case 'CharacterSet':
      case 'CharacterClass':
        return this.add({ kind: 'character', part: this.#characters.set(element.raw), next });
      default:
        throw new NoAutomaton();
    }
  }

  #quantifier({ element, min, max }: AST.Quantifier, next: number): number {
    let start = next;
    if (max === Number.POSITIVE_INFINITY) {
      // Its own place has to be known before what it repeats is built.
      start = this.add({ kind: 'match' });
      const body = this.#element(element, start);
      this.steps[start] = { kind: 'either', next: body, other: next };
    } else {
      for (let i = min; i < max; i += 1)
        start = this.add({ kind: 'either', next: this.#element(element, start), other: next });
    }
    for (let i = 0; i < min; i += 1) start = this.#element(element, start);
    return start;
  }

  #assertion(node: AST.Assertion): number {
    const assertion = this.#assertionOf(node);
    const same = this.#assertions.findIndex(
      (other) => other.kind !== 'looks' && other.kind === assertion.kind && other.negate === assertion.negate,
    );
    if (same !== -1) return same;
    if (this.#assertions.length >= MAX_ASSERTIONS) throw new NoAutomaton();
    return this.#assertions.push(assertion) - 1;
  }

  #assertionOf(node: AST.Assertion): Assertion {
    if (!('alternatives' in node)) return { kind: node.kind, negate: node.kind === 'word' && node.negate };
    // What stands ahead is read from the end of the text: where that reading arrives, it stands ahead.
    const program = assembled(node, node.kind === 'lookahead', this.#characters, this.#assertions);
    return { kind: 'looks', negate: node.negate, program: { ...program, isAnchored: false } };
  }
}

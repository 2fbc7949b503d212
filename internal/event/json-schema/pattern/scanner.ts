import type { Budget } from './budget.ts';
import type { Characters } from './characters.ts';
import type { Program } from './program.ts';

/** All steps that a reader of a text may be at, before it looks at what holds at this place. */
interface State {
  readonly steps: readonly number[];
  /** By what holds: where that leads without reading a character. */
  readonly closures: (Closure | undefined)[];
  /** By kind of character and what holds: the state behind the character. */
  readonly next: (State | undefined)[];
}

interface Closure {
  readonly isMatch: boolean;
  /** The steps that read a character. */
  readonly reading: readonly number[];
}

/** Numbers in the states that are kept; when there are more, all are forgotten and made again where needed. */
const MAX_KEPT = 20_000;

/** What it takes to sort a step among others and to write it into the name of a state. */
const STEPS_TO_NAME = 8;

/** Runs a program over characters, in states that are made when first needed and kept. */
export class Scanner {
  readonly program: Program;
  readonly #characters: Characters;
  readonly #assertionBits: number;
  readonly #visited: Int32Array;
  #visit = 0;
  #states = new Map<string, State>();
  #kept = 0;
  #first: State | undefined;

  constructor(program: Program, characters: Characters, assertionBits: number) {
    this.program = program;
    this.#characters = characters;
    this.#assertionBits = assertionBits;
    this.#visited = new Int32Array(program.steps.length);
  }

  first(): State {
    this.#first ??= this.#stateOf([this.program.start]);
    return this.#first;
  }

  /** The state behind a character of this kind; undefined when no match can follow. */
  next(state: State, holding: number, kind: number, budget: Budget): State | undefined {
    return state.next[(kind << this.#assertionBits) | holding] ?? this.#step(state, holding, kind, budget);
  }

  /** Whether a match ends here, when these assertions hold. */
  isMatch(state: State, holding: number, budget: Budget): boolean {
    return (state.closures[holding] ?? this.#close(state, holding, budget)).isMatch;
  }

  #step(state: State, holding: number, kind: number, budget: Budget): State | undefined {
    const { reading } = state.closures[holding] as Closure;
    const parts = this.#characters.parts[kind] as ReadonlySet<number>;
    const steps = new Set<number>(this.program.isAnchored ? [] : [this.program.start]);
    for (const at of reading) {
      const step = this.program.steps[at] as { part: number; next: number };
      if (parts.has(step.part)) steps.add(step.next);
    }
    budget.steps -= reading.length + steps.size * STEPS_TO_NAME;
    if (steps.size === 0) return undefined;
    const next = this.#stateOf([...steps].sort((a, b) => a - b));
    this.#keep(1);
    state.next[(kind << this.#assertionBits) | holding] = next;
    return next;
  }

  #close(state: State, holding: number, budget: Budget): Closure {
    this.#visit += 1;
    const reading: number[] = [];
    let isMatch = false;
    const open = [...state.steps];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (this.#visited[at] === this.#visit) continue;
      this.#visited[at] = this.#visit;
      budget.steps -= 1;
      const step = this.program.steps[at] as Program['steps'][number];
      if (step.kind === 'match') isMatch = true;
      else if (step.kind === 'character') reading.push(at);
      else if (step.kind === 'either') open.push(step.next, step.other);
      else if ((holding >> step.assertion) & 1) open.push(step.next);
    }
    const closure = { isMatch, reading };
    this.#keep(reading.length);
    state.closures[holding] = closure;
    return closure;
  }

  #stateOf(steps: readonly number[]): State {
    const key = steps.join();
    const known = this.#states.get(key);
    if (known !== undefined) return known;
    const state: State = { steps, closures: [], next: [] };
    this.#keep(steps.length);
    this.#states.set(key, state);
    return state;
  }

  #keep(size: number): void {
    this.#kept += size;
    if (this.#kept <= MAX_KEPT) return;
    this.#states = new Map();
    this.#first = undefined;
    this.#kept = 0;
  }
}

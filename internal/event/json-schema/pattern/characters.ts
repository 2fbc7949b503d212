import type { Budget } from './budget.ts';
import type { ParsedPattern } from './parse.ts';

/** Whether a character, given as its code point, is one that a part of a pattern takes. */
type Takes = (point: number) => boolean;

/** The kinds of character that a pattern tells apart. */
export class Characters {
  readonly #flags: ParsedPattern['flags'];
  readonly #takes: Takes[] = [];
  readonly #indexOfPart = new Map<string | number, number>();
  /** By code point: the first characters in an array, the others, up to a number, in a map. */
  readonly #ascii: (number | undefined)[] = [];
  readonly #others = new Map<number, number>();
  readonly #kinds = new Map<string, number>();
  /** Of each kind, the parts that take it. */
  readonly parts: ReadonlySet<number>[] = [];

  constructor(flags: ParsedPattern['flags']) {
    this.#flags = flags;
  }

  /** The index of a part of a pattern that is one code point. */
  point(value: number): number {
    return this.#part(value, () => (point) => point === value);
  }

  /** The index of a part that is a class or an escape, by its source: the engine itself says what it takes. */
  set(source: string): number {
    return this.#part(source, () => {
      const native = new RegExp(`^(?:${source})$`, this.#flags);
      return (point) => native.test(String.fromCodePoint(point));
    });
  }

  #part(key: string | number, makes: () => Takes): number {
    const known = this.#indexOfPart.get(key);
    if (known !== undefined) return known;
    const index = this.#takes.push(makes()) - 1;
    this.#indexOfPart.set(key, index);
    return index;
  }

  /** The kind of a character: all of one kind are taken by the same parts. */
  kindOf(point: number, budget: Budget): number {
    return (point < 128 ? this.#ascii[point] : this.#others.get(point)) ?? this.#newKindOf(point, budget);
  }

  #newKindOf(point: number, budget: Budget): number {
    budget.steps -= this.#takes.length * STEPS_TO_TRY;
    const parts = new Set(this.#takes.flatMap((takes, index) => (takes(point) ? [index] : [])));
    const key = [...parts].join();
    const kind = this.#kinds.get(key) ?? this.parts.push(parts) - 1;
    this.#kinds.set(key, kind);
    if (point < 128) this.#ascii[point] = kind;
    else this.#remember(point, kind);
    return kind;
  }

  #remember(point: number, kind: number): void {
    if (this.#others.size >= MAX_REMEMBERED) this.#others.clear();
    this.#others.set(point, kind);
  }
}

/** The engine's own RegExp is asked for each part. */
const STEPS_TO_TRY = 4;
const MAX_REMEMBERED = 2_000;

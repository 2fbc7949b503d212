/** Longer ones are nobody's slip of the pen, and cost too much to look at. */
const MAX_NAME = 64;

/** Producers have few names of their own, and send them with every event. */
const MAX_STRANGERS = 1_000;

/** The names of a format, to find those that were meant for one of them. */
export class KnownNames {
  /** By normal form, the name as it is written. */
  readonly #byForm: ReadonlyMap<string, string>;
  /** Names seen that resemble none of them. */
  readonly #strangers = new Set<string>();

  constructor(names: readonly string[]) {
    this.#byForm = new Map(names.map((name) => [normalized(name), name]));
  }

  /**
   * The known name that a name, itself not known, was probably meant for: the same but for case, underscores and hyphens;
   * or one slip away (a letter too many, too few, another one, or two in the wrong order), unless `has` it as well:
   * `client_ip` is a `client_id` misspelt only where there is none. Undefined when it is a name of its own.
   */
  meant(name: string, has: (name: string) => boolean): string | undefined {
    if (name.length > MAX_NAME || this.#strangers.has(name)) return undefined;
    const form = normalized(name);
    const same = this.#byForm.get(form);
    if (same !== undefined) return same;
    const near = [...this.#byForm].filter(([known]) => isOneSlipAway(form, known));
    if (near.length === 0) this.#remember(name);
    return near.find(([, known]) => !has(known))?.[1];
  }

  #remember(stranger: string): void {
    if (this.#strangers.size >= MAX_STRANGERS) this.#strangers.clear();
    this.#strangers.add(stranger);
  }
}

/** What a name is but for case, underscores and hyphens. */
function normalized(name: string): string {
  return name.toLowerCase().replaceAll(/[_-]/g, '');
}

/** Whether the Damerau-Levenshtein distance of two different texts is 1. */
export function isOneSlipAway(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1) return false;
  let at = 0;
  while (at < a.length && a[at] === b[at]) at += 1;
  if (a.length > b.length) return a.slice(at + 1) === b.slice(at);
  if (a.length < b.length) return a.slice(at) === b.slice(at + 1);
  return (
    a.slice(at + 1) === b.slice(at + 1) ||
    (a[at] === b[at + 1] && a[at + 1] === b[at] && a.slice(at + 2) === b.slice(at + 2))
  );
}

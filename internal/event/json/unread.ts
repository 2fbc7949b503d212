import { type ParsedJson, parseJson } from './exact.ts';
import { malformation } from './malformed.ts';
import {
  type Cut,
  cut,
  endOfString,
  isTooDeep,
  MAX_DEPTH,
  MAX_MEMBERS,
  MAX_VALUES,
  type Survey,
  survey,
  trimmed,
} from './scan.ts';

/** A text of at most this many characters is read at once, whatever it holds: that takes less than 20 ms. */
const SMALL = 262_144;

/** A longer one is read at once while it has at most this many values. */
const FEW_VALUES = 32_768;

/** Names and elements that are found in what is not read; an array with more is refused. */
const MOST_PARTS = 10_000;

/** A part of a JSON text: read, with the text that it was read from, or not. */
export type Part = (ParsedJson & { readonly text: () => string }) | Unread;

/** A text is no JSON. It is found when a part of it is read, perhaps after others. */
export class MalformedError extends Error {}

/**
 * An array or object that is not read as a whole, for it nests too deep, or would hold up the event loop: `{"detail": […]}`
 * around ten thousand events takes a tenth of a second, 8 MiB of brackets take seconds and a gigabyte. It is cut into the
 * texts of its parts instead, by a scan for brackets that costs 10 ms for 8 MiB, and each part is read when it is needed.
 */
export class Unread {
  readonly text: string;
  readonly isArray: boolean;
  #cut: Cut | undefined;
  /** Of an object, the texts behind the colons, by name; of two with one name the last, as JSON.parse. */
  #members: ReadonlyMap<string, string> | undefined;
  readonly #parts = new Map<string, Part>();
  #survey: Survey | undefined;

  /** @param text begins with a bracket, but for space */
  constructor(text: string, known?: Survey) {
    this.text = text;
    this.isArray = trimmed(text).startsWith('[');
    this.#survey = known;
  }

  /** Elements of an array, or members of an object, however many. */
  get length(): number {
    const { count } = this.cut();
    return count === 1 && this.#textOf(0) === '' ? 0 : count;
  }

  /** The text of one of the first MOST_PARTS elements. */
  elementText(index: number): string {
    const text = this.#textOf(index);
    if (text === '') throw new MalformedError(`its element ${index} is empty`);
    return text;
  }

  /** Whether it is an object with a member of that name, among the first MOST_PARTS. */
  has(name: string): boolean {
    return !this.isArray && this.#membersByName().has(name);
  }

  /**
   * An element by its index, or a member by its name; undefined where there is none.
   * @throws MalformedError
   */
  part(step: string): Part | undefined {
    const known = this.#parts.get(step);
    if (known !== undefined) return known;
    const text = this.isArray ? this.#elementAt(step) : this.#membersByName().get(step);
    if (text === undefined) return undefined;
    const part = partOf(text, this.isArray ? `element ${step}: ` : `${JSON.stringify(step)}: `);
    this.#parts.set(step, part);
    return part;
  }

  /** Reads one of the first MOST_PARTS elements anew: many of them together would take far more than their text. */
  exactElement(index: number): unknown {
    const part = partOf(this.elementText(index), `element ${index}: `);
    return part instanceof Unread ? part : part.exact;
  }

  /** The members of these names; null for those that are arrays or objects, which are not read. */
  pick(names: readonly string[]): Record<string, unknown> {
    const picked: Record<string, unknown> = {};
    const members = this.isArray ? undefined : this.#membersByName();
    for (const name of names) {
      const text = members?.get(name);
      if (text !== undefined) picked[name] = isBracketed(text) ? null : (this.part(name) as ParsedJson).value;
    }
    return picked;
  }

  /**
   * All of it at once, or why that is refused, behind a name for it.
   * @throws MalformedError
   */
  whole(): ParsedJson | string {
    this.#survey ??= survey(this.text);
    const { isTooDeep, values, members } = this.#survey;
    if (isTooDeep) return `nests deeper than ${MAX_DEPTH} levels`;
    if (values > MAX_VALUES) return `has more than ${MAX_VALUES} values, which is the limit of one event`;
    if (members > MAX_MEMBERS) return `has more than ${MAX_MEMBERS} members, which is the limit of one event`;
    return read(this.text, '');
  }

  /**
   * Looks where its parts are, which is done once.
   * @throws MalformedError
   */
  cut(): Cut {
    if (this.#cut !== undefined) return this.#cut;
    const found = cut(this.text, MOST_PARTS);
    if (found === null) throw new MalformedError('it ends before its brackets are closed');
    const behind = this.text.slice(found.end).search(/[^\t\n\r ]/);
    if (behind !== -1)
      throw new MalformedError(`it goes on at position ${found.end + behind}, behind its last bracket`);
    this.#cut = found;
    return found;
  }

  #textOf(index: number): string {
    const { start, ends } = this.cut();
    const from = index === 0 ? start : (ends[index - 1] as number) + 1;
    return trimmed(this.text.slice(from, ends[index]));
  }

  #elementAt(step: string): string | undefined {
    const isIndex = /^(?:0|[1-9]\d{0,5})$/.test(step);
    return isIndex && Number(step) < Math.min(this.length, MOST_PARTS)
      ? this.elementText(Number(step))
      : undefined;
  }

  #membersByName(): ReadonlyMap<string, string> {
    if (this.#members !== undefined) return this.#members;
    const members = new Map<string, string>();
    for (let i = 0; i < Math.min(this.length, MOST_PARTS); i += 1) {
      const text = this.#textOf(i);
      const nameEnd = endOfString(text, 0) + 1;
      const rest = trimmed(text.slice(nameEnd));
      if (!text.startsWith('"') || !rest.startsWith(':'))
        throw new MalformedError(`its member ${i} has no name or no value`);
      const { value } = read(text.slice(0, nameEnd), `the name of its member ${i}: `);
      members.set(value as string, trimmed(rest.slice(1)));
    }
    this.#members = members;
    return members;
  }
}

/** A text that is not read at once, but when it is asked for, within limits; undefined for what can be. */
export function unreadIn(text: string): Unread | undefined {
  if (text.length <= SMALL) return isTooDeep(text) && isBracketed(text) ? new Unread(text) : undefined;
  const found = survey(text);
  // What has no brackets around it takes no time, or is no JSON from its second value on.
  return (found.isTooDeep || found.values > FEW_VALUES) && isBracketed(text)
    ? new Unread(text, found)
    : undefined;
}

/** Whether the text is an array or object, if it is JSON. */
function isBracketed(text: string): boolean {
  return /^[\t\n\r ]*[[{]/.test(text);
}

function partOf(text: string, before: string): Part {
  // What is long within what is not read may be cheap to read; looking would cost another scan of it.
  const isSmall = text.length <= SMALL ? !isTooDeep(text) : !isBracketed(text);
  return isSmall ? { ...read(text, before), text: () => text } : new Unread(text);
}

function read(text: string, before: string): ParsedJson {
  try {
    return parseJson(text);
  } catch {
    throw new MalformedError(before + malformation(text));
  }
}

import { parsePointer, valueAt } from '../json/pointer.ts';
import type { TextAttributes } from '../body/message-attributes.ts';
import { canonicalNumber, numberSource } from '../json/number.ts';

/** What a mapping takes its values from: a JSON value with its numbers as source text, and the message's attributes. */
export interface Subject {
  readonly exact: unknown;
  readonly attributes: TextAttributes;
}

/** A place in a subject. */
type Reference =
  | { readonly kind: 'pointer'; readonly steps: readonly string[] }
  | { readonly kind: 'attribute'; readonly name: string };

/** One way to come to a value: a place by itself, or texts and places one after another, of which all must be there. */
type Alternative = Reference | { readonly kind: 'text'; readonly parts: readonly (string | Reference)[] };

/** A value of a mapping, ready to be taken: the first alternative that leads somewhere. */
export interface MappingValue {
  readonly source: string;
  readonly alternatives: readonly Alternative[];
}

const SEPARATOR = ' | ';

/** The empty pointer, as the fragment of a URI (RFC 6901, 6). */
const WHOLE = '#';

/**
 * Reads a value as it is written in a mapping: a JSON pointer (`/detail/id`, or `#` for the whole), a message attribute
 * (`@X-GitHub-Event`, in any case), or a text, in which `{/detail/id}` and `{@X-GitHub-Event}` are replaced; several of these
 * with ` | ` between them.
 * @returns what is wrong with it, in words, where it is none
 */
export function parseValue(source: string): MappingValue | string {
  const alternatives: Alternative[] = [];
  for (const text of source.split(SEPARATOR)) {
    const alternative = parseAlternative(text.trim());
    if (typeof alternative === 'string') return alternative;
    alternatives.push(alternative);
  }
  return { source, alternatives };
}

function parseAlternative(text: string): Alternative | string {
  if (text === '') return 'it is empty';
  if (text === WHOLE) return { kind: 'pointer', steps: [] };
  if (text.startsWith('/') || text.startsWith('@')) return parseReference(text);
  const parts: (string | Reference)[] = [];
  for (const piece of text.split(/(\{[/@][^{}]*\})/)) {
    if (!/^\{[/@]/.test(piece)) {
      if (piece !== '') parts.push(piece);
      continue;
    }
    const reference = parseReference(piece.slice(1, -1));
    if (typeof reference === 'string') return reference;
    parts.push(reference);
  }
  return { kind: 'text', parts };
}

function parseReference(text: string): Reference | string {
  if (text.startsWith('@'))
    return text.length === 1
      ? 'a name is missing behind @'
      : { kind: 'attribute', name: text.slice(1).toLowerCase() };
  const steps = parsePointer(text);
  return steps === null ? `${text} is no JSON pointer (RFC 6901)` : { kind: 'pointer', steps };
}

/** The JSON value, with its numbers as source text; undefined when no alternative leads to one that is not null. */
export function takeValue({ alternatives }: MappingValue, subject: Subject): unknown {
  for (const alternative of alternatives) {
    const value =
      alternative.kind === 'text' ? joined(alternative.parts, subject) : valueOf(alternative, subject);
    if (value !== undefined && value !== null) return value;
  }
  return undefined;
}

/** The text; numbers and booleans are written out. Undefined when no alternative leads to one that is not empty. */
export function takeText({ alternatives }: MappingValue, subject: Subject): string | undefined {
  for (const alternative of alternatives) {
    const text =
      alternative.kind === 'text'
        ? joined(alternative.parts, subject)
        : textOf(valueOf(alternative, subject));
    if (text !== undefined && text !== '') return text;
  }
  return undefined;
}

/** The pointers in it. */
export function pointersIn({ alternatives }: MappingValue): (readonly string[])[] {
  return alternatives
    .flatMap((alternative) => (alternative.kind === 'text' ? alternative.parts : [alternative]))
    .flatMap((part) => (typeof part === 'object' && part.kind === 'pointer' ? [part.steps] : []));
}

function joined(parts: readonly (string | Reference)[], subject: Subject): string | undefined {
  let all = '';
  for (const part of parts) {
    const text = typeof part === 'string' ? part : textOf(valueOf(part, subject));
    if (text === undefined || text === '') return undefined;
    all += text;
  }
  return all;
}

function valueOf(reference: Reference, { exact, attributes }: Subject): unknown {
  if (reference.kind === 'pointer') return valueAt(exact, reference.steps);
  const name = Object.keys(attributes).find((each) => each.toLowerCase() === reference.name);
  return name === undefined ? undefined : attributes[name];
}

/** The text of a text, a number or a boolean. */
export function textOf(exact: unknown): string | undefined {
  if (typeof exact === 'string') return exact;
  if (typeof exact === 'boolean') return String(exact);
  const number = numberSource(exact);
  return number === null ? undefined : canonicalNumber(number);
}

import { randomUUID } from 'node:crypto';
import { numberSource } from '../json/number.ts';
import { putAt, valueAt } from '../json/pointer.ts';
import type { Mapping } from './mapping.ts';
import { MalformedError, Unread } from '../json/unread.ts';
import { pointersIn, textOf } from './value.ts';

/**
 * The JSON text by which a mapping finds one element of an array again: the element as the only one of its array, and what
 * stands outside of the array and the mapping matches by, no more than texts. An array can be long, and what stands
 * around it large: of each element that is refused, that much is kept.
 */
export function skeletonOf({ each, conditions }: Mapping, exact: unknown, element: unknown): string {
  const array = each as readonly string[];
  const root: object = Object.create(null);
  // What is not read has only its text, and nobody else knows what holds its place.
  const held = element instanceof Unread ? randomUUID() : undefined;
  putAt(root, array, [held ?? element]);
  for (const { value, expected } of conditions) {
    for (const pointer of pointersIn(value)) {
      const found = isWithin(pointer, array) ? undefined : foundAt(exact, pointer);
      if (found === undefined || found === null) continue;
      // Where any value matches, a short one does. What is not read is an array or an object: no text that is expected.
      if (expected === null) putAt(root, pointer, true);
      else if (!(found instanceof Unread)) {
        const matched = matchedBy(expected, found);
        if (matched !== undefined) putAt(root, pointer, matched);
      }
    }
  }
  const json = JSON.stringify(root);
  return element instanceof Unread ? json.replace(`"${held}"`, () => element.text) : json;
}

/** Undefined also where the text is no JSON: the mapping matched without looking there. */
function foundAt(exact: unknown, pointer: readonly string[]): unknown {
  try {
    return valueAt(exact, pointer);
  } catch (error) {
    if (error instanceof MalformedError) return undefined;
    throw error;
  }
}

/** The value, short; undefined where its text is longer than all that is expected: then the mapping did not match by it. */
function matchedBy(expected: ReadonlySet<string>, found: unknown): unknown {
  const text = textOf(found);
  if (text === undefined || ![...expected].some(({ length }) => text.length <= length)) return undefined;
  return (numberSource(found)?.length ?? 0) > text.length ? text : found; // a number may be written with any number of zeros
}

function isWithin(pointer: readonly string[], array: readonly string[]): boolean {
  return array.every((step, i) => pointer[i] === step);
}

import { numKey, numOf, type RawNumber } from './numbers.ts';
import { ARRAY, kindOf, NUMBER, OBJECT, type JsonObject, STRING } from './values.ts';

/** What the work is charged to. */
interface Budget {
  steps: number;
}

/** A value takes as long as this many steps of other work. */
const STEPS = 6;

/**
 * A text that is the same for equal JSON values and for no others: members in order, numbers by value. Texts are quoted
 * and numbers marked, so that none looks like an array index, which engines hash without a seed.
 */
export function canonicalText(value: unknown, budget: Budget): string {
  budget.steps -= STEPS;
  switch (kindOf(value)) {
    case STRING:
      budget.steps -= (value as string).length >> 4;
      return JSON.stringify(value);
    case NUMBER:
      return `#${numKey(numOf(value as number | RawNumber))}`;
    case ARRAY:
      return `[${(value as unknown[]).map((element) => canonicalText(element, budget)).join()}]`;
    case OBJECT:
      return canonicalObject(value as JsonObject, budget);
    default:
      return String(value);
  }
}

function canonicalObject(value: JsonObject, budget: Budget): string {
  const names = Object.keys(value).sort();
  budget.steps -= names.length;
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonicalText(value[name], budget)}`).join()}}`;
}

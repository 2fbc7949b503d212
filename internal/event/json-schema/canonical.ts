import { type Num, numKey, type RawNumber, readNum } from './numbers.ts';
import { ARRAY, kindOf, NUMBER, OBJECT, type JsonObject, STRING } from './values.ts';

/** What the work is charged to. */
interface Budget {
  steps: number;
}

/** A value takes as long as this many steps of other work. */
const STEPS = 6;
/** Two to the power of this many characters take a step: to write, to join to others, to compare with an equal text's. */
const WRITTEN_IN_A_STEP = 3;
const JOINED_IN_A_STEP = 5;
export const COMPARED_IN_A_STEP = 8;
/** V8 tells longer texts apart by their length alone before it compares them. */
export const MAX_HASHED = 16_000;

/**
 * A text that is the same for equal JSON values and for no others: members in order, numbers by value. Texts are quoted
 * and numbers marked, so that none looks like an array index, which engines hash without a seed.
 */
export function canonicalText(value: unknown, budget: Budget): string {
  budget.steps -= STEPS;
  if (budget.steps < 0) return '';
  switch (kindOf(value)) {
    case STRING:
      return written(value as string, budget);
    case NUMBER:
      return typeof value === 'number' ? `#${value}` : canonicalNumber(value as Num | RawNumber, budget);
    case ARRAY:
      return `[${joined(
        (value as unknown[]).map((element) => canonicalText(element, budget)),
        budget,
      )}]`;
    case OBJECT:
      return canonicalObject(value as JsonObject, budget);
    default:
      return String(value);
  }
}

function canonicalNumber(value: Num | RawNumber, budget: Budget): string {
  const key = numKey(readNum(value, budget));
  budget.steps -= key.length >> JOINED_IN_A_STEP;
  return `#${key}`;
}

function canonicalObject(value: JsonObject, budget: Budget): string {
  const names = Object.keys(value);
  budget.steps -= names.length * (32 - Math.clz32(names.length));
  if (budget.steps < 0) return '';
  const members = names
    .sort()
    .map((name) => `${written(name, budget)}:${canonicalText(value[name], budget)}`);
  return `{${joined(members, budget)}}`;
}

function written(text: string, budget: Budget): string {
  budget.steps -= text.length >> WRITTEN_IN_A_STEP;
  return JSON.stringify(text);
}

/** Every level of nesting copies what those within it have written. */
function joined(texts: readonly string[], budget: Budget): string {
  const text = texts.join();
  budget.steps -= text.length >> JOINED_IN_A_STEP;
  return text;
}

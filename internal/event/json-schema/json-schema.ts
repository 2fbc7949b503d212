import { isTooDeep, MAX_DEPTH } from '../json/scan.ts';
import { mayBeInexact, parseJson } from '../json/exact.ts';
import { readJsonText } from '../json/reader.ts';
import { Compiler } from './compile.ts';
import { METASCHEMAS } from './documents.ts';
import { numOfText } from './numbers.ts';
import { type Check, Run, sentence } from './run.ts';
import { type Documents, type Problem, type Resource, Survey } from './survey.ts';
import { isObject } from './values.ts';

/**
 * A schema checks a payload in this many steps at most: some for any payload, more for a long one, and never more than
 * the last number, which take about 50 ms.
 */
const STEPS_FOR_ANY = 50_000;
const STEPS_FOR_A_CHARACTER = 50;
const MAX_STEPS = 2_500_000;

export interface Options {
  /** What the schema may refer to beside itself; without them, the metaschemas of the drafts. */
  readonly documents?: Documents;
  /** False: a `format` only describes. */
  readonly assertsFormats?: boolean;
}

/** A compiled schema, or why it cannot be used. */
export type Compiled =
  | { readonly kind: 'usable'; readonly schema: JsonSchema }
  | { readonly kind: 'unusable'; readonly problems: readonly Problem[] };

/** Says of payloads whether they meet one schema. */
export class JsonSchema {
  readonly #check: Check;
  readonly #root: Resource;

  constructor(check: Check, root: Resource) {
    this.#check = check;
    this.#root = root;
  }

  /** What is wrong with the JSON text of a payload, in one sentence; null when it meets the schema. */
  check(payload: string): string | null {
    return this.checkValue(readExactly(payload), stepsFor(payload.length));
  }

  /** The same of parsed JSON whose numbers are exact. */
  checkValue(value: unknown, steps = MAX_STEPS): string | null {
    const { run, isMet } = this.run(value, steps);
    if (run.stopped !== null) return run.stopped;
    if (run.steps < 0) return `the schema takes more than ${steps} steps to check this payload`;
    return isMet ? null : sentence(run.path, run.failure);
  }

  /** A verdict that counts only if the run was not stopped and has steps left. */
  run(value: unknown, steps: number): { readonly run: Run; readonly isMet: boolean } {
    const run = new Run(steps, this.#root);
    return { run, isMet: this.#check(value, run, null) };
  }
}

function stepsFor(characters: number): number {
  return Math.min(MAX_STEPS, STEPS_FOR_ANY + STEPS_FOR_A_CHARACTER * characters);
}

/** Numbers by their decimal value: Num. A number is looked at where something stands before it. */
function readExactly(payload: string): unknown {
  return mayBeInexact(`[${payload}]`) ? readJsonText(payload, numOfText) : JSON.parse(payload);
}

/** Compiles the JSON text of a schema; its numbers are read exactly. */
export function compileText(text: string): Compiled {
  if (!isTooDeep(text)) return compileSchema(parseJson(text).exact);
  return { kind: 'unusable', problems: [{ pointer: '', text: `nests more than ${MAX_DEPTH} levels deep` }] };
}

export function compileSchema(schema: unknown, options: Options = {}): Compiled {
  if (typeof schema !== 'boolean' && !isObject(schema)) {
    const text = 'must be an object, or true or false';
    return { kind: 'unusable', problems: [{ pointer: '', text }] };
  }
  const survey = new Survey(schema, options.documents ?? METASCHEMAS, options.assertsFormats ?? true);
  const check = new Compiler(survey).check(survey.root);
  const { problems } = survey;
  if (problems.length > 0) return { kind: 'unusable', problems };
  return { kind: 'usable', schema: new JsonSchema(check, survey.root.resource) };
}

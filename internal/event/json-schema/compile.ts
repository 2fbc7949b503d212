import { ARRAYS } from './keywords/arrays.ts';
import { LOGIC } from './keywords/logic.ts';
import { NUMBERS } from './keywords/numeric.ts';
import { OBJECTS } from './keywords/objects.ts';
import { REF, REFERENCES } from './keywords/references.ts';
import { STRINGS } from './keywords/strings.ts';
import { type Types, typesOf } from './keywords/types.ts';
import { VALUES } from './keywords/constants.ts';
import { UNEVALUATED } from './keywords/unevaluated.ts';
import { type Check, Evaluated } from './run.ts';
import { type Rule, Site, type Slot } from './site.ts';
import type { Place, Survey } from './survey.ts';
import { isObject, KINDS, kindOf } from './values.ts';

/** In the order in which they are checked: what is cheap, and what bounds the work of the rest, comes first. */
const RULES: readonly Rule[] = [
  ...VALUES,
  ...NUMBERS,
  ...STRINGS,
  ...OBJECTS,
  ...ARRAYS,
  ...REFERENCES,
  ...LOGIC,
  ...UNEVALUATED,
];

const RULE_OF = new Map(RULES.flatMap((rule) => rule.keywords.map((keyword) => [keyword, rule] as const)));

/** Deeper evaluation is given up: a reference that leads back without going into the payload would never end. */
const MAX_DEPTH = 2_500;
const TOO_DEEP = `the schema nests or refers more than ${MAX_DEPTH} schemas deep to check this payload`;

const ALWAYS: Check = () => true;
const NEVER: Check = (_value, run) => run.fail('boolean schema is false');

/**
 * Turns the schemas that a survey found into functions; each is compiled once, when something leads to it. What is wrong
 * with a schema goes to the survey's problems.
 */
export class Compiler {
  readonly #survey: Survey;
  readonly #slots = new Map<unknown, Slot>();
  readonly #waiting: Place[] = [];

  constructor(survey: Survey) {
    this.#survey = survey;
  }

  /** The check of a schema, with all that it refers to. */
  check(place: Place): Check {
    const check = this.now(place);
    for (let next = this.#waiting.pop(); next !== undefined; next = this.#waiting.pop()) this.now(next);
    return check;
  }

  now(place: Place): Check {
    const slot = this.#slotOf(place);
    slot.check ??= this.#compiled(place);
    return slot.check;
  }

  /** What refers to each other is compiled one after the other, so that the longest chain needs no stack. */
  later(place: Place): Slot {
    const slot = this.#slotOf(place);
    if (slot.check === null) this.#waiting.push(place);
    return slot;
  }

  #slotOf({ schema }: Place): Slot {
    const known = this.#slots.get(schema);
    if (known !== undefined) return known;
    const slot = { check: null };
    this.#slots.set(schema, slot);
    return slot;
  }

  #compiled(place: Place): Check {
    const { schema, pointer } = place;
    if (typeof schema === 'boolean') return schema ? ALWAYS : NEVER;
    if (isObject(schema)) return nodeOf(new Site(place, this.#survey, this));
    this.#survey.problems.push({ pointer, text: 'must be a schema: an object, or true or false' });
    return ALWAYS;
  }
}

function nodeOf(site: Site): Check {
  const rules = rulesOf(site);
  const built = rules.flatMap((rule) => {
    const check = rule.build(site);
    return check === null ? [] : [{ kinds: rule.kinds, check }];
  });
  const collects = rules.some((rule) => UNEVALUATED.includes(rule));
  const byKind = KINDS.map((kind) => {
    const check = allOf(built.filter(({ kinds }) => kinds.includes(kind)).map(({ check }) => check));
    return check !== null && collects ? collecting(check) : check;
  });
  return node(typesOf(site), byKind);
}

function rulesOf(site: Site): readonly Rule[] {
  const { schema, resource } = site.place;
  if (resource.dialect.refStandsAlone && site.argument('$ref') !== undefined) return [REF];
  const rules = new Set<Rule>();
  for (const keyword in schema as object) {
    const rule = RULE_OF.get(keyword);
    if (rule !== undefined && resource.dialect.keywords.has(keyword)) rules.add(rule);
  }
  return [...rules].sort((a, b) => RULES.indexOf(a) - RULES.indexOf(b));
}

function allOf(checks: readonly Check[]): Check | null {
  const [first, second] = checks;
  if (first === undefined) return null;
  if (second === undefined) return first;
  if (checks.length === 2) return (value, run, seen) => first(value, run, seen) && second(value, run, seen);
  return (value, run, seen) => {
    for (const check of checks) if (!check(value, run, seen)) return false;
    return true;
  };
}

/** Sees what the keywords of this schema evaluate, and nothing of those around it. */
function collecting(check: Check): Check {
  return (value, run, outer) => {
    const seen = new Evaluated(run);
    const isMet = check(value, run, seen);
    if (isMet) outer?.merge(seen, run);
    return isMet;
  };
}

/** The check of a schema: the type first, then what its rules say of a value of that kind. */
function node(types: Types | null, byKind: readonly (Check | null)[]): Check {
  return (value, run, seen) => {
    run.steps -= 1;
    if (run.steps < 0) return false;
    const kind = kindOf(value);
    if (types !== null && !types.accept(kind, value, run)) return run.fail(types.failure);
    const check = byKind[kind] as Check | null;
    if (check === null) return true;
    if (run.depth >= MAX_DEPTH) return run.stop(TOO_DEEP);
    run.depth += 1;
    const isMet = check(value, run, seen);
    run.depth -= 1;
    return isMet;
  };
}

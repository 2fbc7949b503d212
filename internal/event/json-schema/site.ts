import { isInteger, type Num, numOf } from './numbers.ts';
import type { Check } from './run.ts';
import type { Place, Survey } from './survey.ts';
import { escaped, isNumber, isObject, type JsonObject, type Kind, own } from './values.ts';

/** A check that may not be compiled yet: schemas refer to each other in circles. */
export interface Slot {
  check: Check | null;
}

/** A keyword, or several that make one rule. */
export interface Rule {
  readonly keywords: readonly string[];
  /** The kinds of value that it says anything about. */
  readonly kinds: readonly Kind[];
  readonly build: Build;
}

/** Null where the rule is always met, or where its argument is a problem. */
type Build = (site: Site) => Check | null;

interface SubschemaCompiler {
  now(place: Place): Check;
  later(place: Place): Slot;
}

/** What a rule needs to be compiled: its schema's keywords, and a way to compile what they hold. */
export class Site {
  readonly place: Place;
  readonly survey: Survey;
  readonly #schema: JsonObject;
  readonly #compiler: SubschemaCompiler;

  constructor(place: Place, survey: Survey, compiler: SubschemaCompiler) {
    this.place = place;
    this.survey = survey;
    this.#schema = place.schema as JsonObject;
    this.#compiler = compiler;
  }

  get dialect() {
    return this.place.resource.dialect;
  }

  /** What a keyword holds; undefined without it, and where the draft does not have it. */
  argument(keyword: string): unknown {
    return this.dialect.keywords.has(keyword) ? own(this.#schema, keyword) : undefined;
  }

  problem(path: string, text: string): undefined {
    this.survey.problems.push({ pointer: `${this.place.pointer}/${path}`, text });
    return undefined;
  }

  /** A number, exactly. */
  number(keyword: string): Num | undefined {
    const argument = this.argument(keyword);
    return isNumber(argument) ? numOf(argument) : this.problem(keyword, 'must be a number');
  }

  /** An integer from zero on. */
  count(keyword: string): number | undefined {
    const argument = this.argument(keyword);
    if (argument === undefined) return undefined;
    const num = isNumber(argument) ? numOf(argument) : -1;
    if (!isInteger(num) || numberOf(num) < 0) return this.problem(keyword, 'must be an integer from 0 on');
    return numberOf(num);
  }

  /** An array of texts. */
  names(keyword: string, argument = this.argument(keyword)): readonly string[] | undefined {
    if (Array.isArray(argument) && argument.every((name) => typeof name === 'string')) return argument;
    return this.problem(keyword, 'must be an array of texts');
  }

  /** The schema that a keyword holds. */
  sub(keyword: string): Check | undefined {
    const argument = this.argument(keyword);
    return argument === undefined ? undefined : this.compiled(argument, keyword);
  }

  /** The schemas of an array that a keyword holds. */
  subs(keyword: string): readonly Check[] | undefined {
    const argument = this.argument(keyword);
    if (argument === undefined) return undefined;
    if (!Array.isArray(argument) || argument.length === 0)
      return this.problem(keyword, 'must be an array of schemas, at least one');
    return argument.map((schema, i) => this.compiled(schema, `${keyword}/${i}`));
  }

  /** What an object that a keyword holds has, by name; a schema each, unless `each` makes something else of it. */
  named<T = Check>(
    keyword: string,
    each: (argument: unknown, path: string, name: string) => T = (argument, path) =>
      this.compiled(argument, path) as T,
  ): ReadonlyMap<string, T> | undefined {
    const argument = this.argument(keyword);
    if (argument === undefined) return undefined;
    if (!isObject(argument)) return this.problem(keyword, 'must be an object');
    return new Map(
      Object.entries(argument).map(([name, held]) => [name, each(held, `${keyword}/${escaped(name)}`, name)]),
    );
  }

  /** A schema that stands in this one. */
  compiled(schema: unknown, path: string): Check {
    const { resource, pointer } = this.place;
    const known = isObject(schema) ? this.survey.places.get(schema) : undefined;
    const place = known ?? { schema, resource, pointer: `${pointer}/${path}` };
    return this.#across(place, this.#compiler.now(place));
  }

  /** A schema that this one refers to. */
  referred(place: Place): Check {
    const slot = this.#compiler.later(place);
    return this.#across(
      place,
      slot.check ?? ((value, run, evaluated) => (slot.check as Check)(value, run, evaluated)),
    );
  }

  /** Dynamic references look through the resources that evaluation goes into. */
  #across({ resource }: Place, check: Check): Check {
    if (resource === this.place.resource) return check;
    return (value, run, evaluated) => {
      const outer = run.scope;
      run.scope = { resource, outer };
      const isMet = check(value, run, evaluated);
      run.scope = outer;
      return isMet;
    };
  }
}

function numberOf(num: Num): number {
  return typeof num === 'number' ? num : num.negative ? -1 : Number.MAX_SAFE_INTEGER;
}

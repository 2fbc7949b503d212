import { cut, type Check, type Evaluated } from '../run.ts';
import type { Rule, Site } from '../site.ts';
import { failedAt, namesOf, stepsToList } from './names.ts';
import { ARRAY, type JsonObject, OBJECT } from '../values.ts';

/** Last of all: what is left of a value when the other keywords of the schema have had their turn. */
export const UNEVALUATED: readonly Rule[] = [
  { keywords: ['unevaluatedItems'], kinds: [ARRAY], build: unevaluatedItems },
  { keywords: ['unevaluatedProperties'], kinds: [OBJECT], build: unevaluatedProperties },
];

function unevaluatedItems(site: Site): Check {
  const check = site.sub('unevaluatedItems') as Check;
  const refuses = site.argument('unevaluatedItems') === false;
  return (value, run, evaluated) => {
    const seen = evaluated as Evaluated;
    const items = value as unknown[];
    for (let i = seen.below; i < items.length; i += 1) {
      run.steps -= 1;
      if (seen.indexes.has(i)) continue;
      if (refuses) return run.fail(`must NOT have unevaluated items: number ${i}`);
      if (!check(items[i], run, null)) return run.at(i);
    }
    seen.below = items.length;
    return true;
  };
}

function unevaluatedProperties(site: Site): Check {
  const check = site.sub('unevaluatedProperties') as Check;
  const refuses = site.argument('unevaluatedProperties') === false;
  return (value, run, evaluated) => {
    const seen = evaluated as Evaluated;
    if (seen.allNames) return true;
    let count = 0;
    for (const name in value as object) {
      count += 1;
      run.steps -= 2;
      if (seen.names.has(name)) continue;
      if (refuses) {
        namesOf(value, run);
        return run.fail(`must NOT have unevaluated properties: ${cut(name)}`);
      }
      if (!check((value as JsonObject)[name], run, null)) return failedAt(name, value, run);
    }
    run.steps -= stepsToList(count);
    seen.allNames = true;
    return true;
  };
}

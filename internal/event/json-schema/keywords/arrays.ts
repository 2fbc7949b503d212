import { canonicalText } from '../canonical.ts';
import type { Check, Run } from '../run.ts';
import type { Rule, Site } from '../site.ts';
import { ARRAY } from '../values.ts';

export const ARRAYS: readonly Rule[] = [
  { keywords: ['maxItems'], kinds: [ARRAY], build: maxItems },
  { keywords: ['minItems'], kinds: [ARRAY], build: minItems },
  { keywords: ['prefixItems', 'items', 'additionalItems'], kinds: [ARRAY], build: elements },
  { keywords: ['contains'], kinds: [ARRAY], build: contains },
  { keywords: ['uniqueItems'], kinds: [ARRAY], build: uniqueItems },
];

function maxItems(site: Site): Check | null {
  const most = site.count('maxItems');
  if (most === undefined) return null;
  const failure = `must NOT have more than ${most} items`;
  return (value, run) => (value as unknown[]).length <= most || run.fail(failure);
}

function minItems(site: Site): Check | null {
  const least = site.count('minItems');
  if (least === undefined) return null;
  const failure = `must NOT have fewer than ${least} items`;
  return (value, run) => (value as unknown[]).length >= least || run.fail(failure);
}

/** A schema for each of the first elements, and one for the rest; the names of the two changed in 2020-12. */
function elements(site: Site): Check {
  const isOld = !site.dialect.keywords.has('prefixItems');
  const isList = isOld && Array.isArray(site.argument('items'));
  const first = (isOld ? (isList ? site.subs('items') : undefined) : site.subs('prefixItems')) ?? [];
  const restKeyword = isList ? 'additionalItems' : 'items';
  const rest = site.sub(restKeyword);
  const limit = `must NOT have more than ${first.length} items`;
  const isClosed = first.length > 0 && site.argument(restKeyword) === false;
  return (value, run, seen) => {
    const items = value as unknown[];
    if (isClosed && items.length > first.length) return run.fail(limit);
    const known = Math.min(first.length, items.length);
    run.steps -= known >> 2;
    for (let i = 0; i < known; i += 1) if (!(first[i] as Check)(items[i], run, null)) return run.at(i);
    const checked = rest === undefined ? known : items.length;
    for (let i = known; i < checked; i += 1) if (!(rest as Check)(items[i], run, null)) return run.at(i);
    // A boolean schema takes no steps of its own, and the one that fails does so at the first element.
    run.steps -= (checked - known) >> 2;
    if (seen !== null) seen.below = Math.max(seen.below, checked);
    return true;
  };
}

function contains(site: Site): Check | null {
  const check = site.sub('contains') as Check;
  const least = site.count('minContains') ?? 1;
  const most = site.count('maxContains') ?? Number.POSITIVE_INFINITY;
  const marks = site.dialect.containsEvaluates;
  return (value, run, seen) => {
    const items = value as unknown[];
    let found = 0;
    const { length } = items;
    for (let i = 0; i < length && run.steps >= 0; i += 1) {
      if (!check?.(items[i], run, null)) continue;
      found += 1;
      if (marks) seen?.noteIndex(i, run);
    }
    run.steps -= length >> 2;
    if (found < least) return run.fail(`must contain at least ${least} matching items, has ${found}`);
    return found <= most || run.fail(`must contain at most ${most} matching items, has ${found}`);
  };
}

function uniqueItems(site: Site): Check | null {
  const argument = site.argument('uniqueItems');
  if (typeof argument !== 'boolean') site.problem('uniqueItems', 'must be true or false');
  return argument === true ? areUnique : null;
}

const areUnique: Check = (value, run) => {
  const items = value as unknown[];
  return items.length < 2 || noTwoEqual(items, run);
};

/** What it takes to find an element among the others and to put it there. */
const STEPS_TO_KEEP = 4;

function noTwoEqual(items: readonly unknown[], run: Run): boolean {
  const seen = new Map<string, number>();
  for (let i = 0; i < items.length; i += 1) {
    if (run.steps < 0) return false;
    const text = canonicalText(items[i], run);
    run.steps -= STEPS_TO_KEEP;
    const other = seen.get(text);
    if (other !== undefined)
      return run.fail(`must NOT have duplicate items (items ${other} and ${i} are equal)`);
    seen.set(text, i);
  }
  return true;
}

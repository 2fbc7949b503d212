import { type Check, cut, type Run } from '../run.ts';
import type { Rule, Site } from '../site.ts';
import { type JsonObject, OBJECT } from '../values.ts';
import { failedAt, namesOf, stepsToList } from './names.ts';
import { type Matches, patternCheck } from './patterns.ts';

export const OBJECTS: readonly Rule[] = [
  { keywords: ['required'], kinds: [OBJECT], build: required },
  { keywords: ['maxProperties'], kinds: [OBJECT], build: maxProperties },
  { keywords: ['minProperties'], kinds: [OBJECT], build: minProperties },
  { keywords: ['dependentRequired'], kinds: [OBJECT], build: dependentRequired },
  { keywords: ['propertyNames'], kinds: [OBJECT], build: propertyNames },
  { keywords: ['properties', 'patternProperties', 'additionalProperties'], kinds: [OBJECT], build: members },
  { keywords: ['dependencies'], kinds: [OBJECT], build: (site) => dependent(site, 'dependencies') },
  { keywords: ['dependentSchemas'], kinds: [OBJECT], build: (site) => dependent(site, 'dependentSchemas') },
];

function required(site: Site): Check | null {
  const names = site.names('required');
  return names === undefined ? null : having(names, '');
}

function having(names: readonly string[], why: string): Check {
  return (value, run) => {
    run.steps -= names.length >> 1;
    for (const name of names) {
      if (!Object.hasOwn(value as object, name))
        return run.fail(`must have required property '${name}'${why}`);
    }
    return true;
  };
}

function maxProperties(site: Site): Check | null {
  const most = site.count('maxProperties');
  if (most === undefined) return null;
  const failure = `must NOT have more than ${most} properties`;
  return (value, run) => namesOf(value, run) <= most || run.fail(failure);
}

function minProperties(site: Site): Check | null {
  const least = site.count('minProperties');
  if (least === undefined) return null;
  const failure = `must NOT have fewer than ${least} properties`;
  return (value, run) => namesOf(value, run) >= least || run.fail(failure);
}

function dependentRequired(site: Site): Check | null {
  const needed = site.named('dependentRequired', (names, path, name) => {
    const checked = site.names(path, names) ?? [];
    return having(checked, ` when property '${name}' is there`);
  });
  return needed === undefined ? null : whereThere(needed);
}

/** Schemas, or up to draft-07 names, that count when an object has the member they are filed under. */
function dependent(site: Site, keyword: string): Check | null {
  const needed = site.named(keyword, (argument, path, name) => {
    if (!Array.isArray(argument)) return site.compiled(argument, path);
    return having(site.names(path, argument) ?? [], ` when property '${name}' is there`);
  });
  return needed === undefined ? null : whereThere(needed);
}

function whereThere(needed: ReadonlyMap<string, Check>): Check {
  return (value, run, seen) => {
    run.steps -= needed.size;
    if (run.steps < 0) return false;
    for (const [name, check] of needed) {
      if (Object.hasOwn(value as object, name) && !check(value, run, seen)) return false;
    }
    return true;
  };
}

function propertyNames(site: Site): Check | null {
  const check = site.sub('propertyNames') as Check;
  return (value, run) => {
    let count = 0;
    for (const name in value as object) {
      count += 1;
      run.steps -= 2;
      if (!check(name, run, null)) {
        namesOf(value, run);
        const text = `must NOT have a property called ${JSON.stringify(cut(name))}: its name `;
        return run.fail({ text, path: null, nearest: run.failure });
      }
    }
    run.steps -= stepsToList(count);
    return true;
  };
}

interface PatternMembers {
  readonly matches: Matches;
  readonly check: Check;
}

/** properties, patternProperties and additionalProperties: each member of an object is looked at once. */
function members(site: Site): Check {
  const patterns = site.named('patternProperties', (argument, path, source) => {
    const matches = patternCheck(site, source, path);
    return matches === null ? [] : [{ matches, check: site.compiled(argument, path) }];
  });
  const named = site.named('properties') ?? new Map<string, Check>();
  const additional = site.sub('additionalProperties');
  if (patterns === undefined && additional === undefined) return namedMembers(named);
  const refused = site.argument('additionalProperties') === false;
  const patternMembers = [...(patterns?.values() ?? [])].flat();
  return allMembers(named, patternMembers, refused ? ADDITIONAL_REFUSED : additional);
}

function namedMembers(named: ReadonlyMap<string, Check>): Check {
  return (value, run, seen) => {
    const object = value as JsonObject;
    let count = 0;
    for (const name in object) {
      count += 1;
      run.steps -= 1;
      const check = named.get(name);
      if (check === undefined) continue;
      if (!check(object[name], run, null)) return failedAt(name, object, run);
      seen?.noteName(name, run);
    }
    run.steps -= stepsToList(count);
    return true;
  };
}

const ADDITIONAL_REFUSED = 'refused';

function allMembers(
  named: ReadonlyMap<string, Check>,
  patterns: readonly PatternMembers[],
  additional: Check | typeof ADDITIONAL_REFUSED | undefined,
): Check {
  return (value, run, seen) => {
    const object = value as JsonObject;
    let count = 0;
    for (const name in object) {
      count += 1;
      run.steps -= 1;
      const check = named.get(name);
      if (check !== undefined && !check(object[name], run, null)) return failedAt(name, object, run);
      const matched = patterns.length === 0 ? 0 : countMatched(patterns, name, object[name], run);
      if (matched === -1) return failedAt(name, object, run);
      if (check !== undefined || matched > 0) seen?.noteName(name, run);
      else if (additional === ADDITIONAL_REFUSED) {
        namesOf(object, run);
        return run.fail(`must NOT have additional properties: ${cut(name)}`);
      } else if (additional !== undefined && !additional(object[name], run, null))
        return failedAt(name, object, run);
    }
    run.steps -= stepsToList(count);
    if (additional !== undefined && seen !== null) seen.allNames = true;
    return true;
  };
}

/** How many patterns the name matches; -1 where the member does not meet what one of them asks. */
function countMatched(patterns: readonly PatternMembers[], name: string, member: unknown, run: Run): number {
  let count = 0;
  for (const { matches, check } of patterns) {
    const isMatch = matches(name, run);
    if (run.steps < 0) return -1;
    if (!isMatch) continue;
    if (!check(member, run, null)) return -1;
    count += 1;
  }
  return count;
}

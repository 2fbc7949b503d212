import type { Check, Run, Scope } from '../run.ts';
import type { Rule, Site } from '../site.ts';
import type { Place, Resource } from '../survey.ts';
import { splitFragment } from '../uri.ts';
import { KINDS } from '../values.ts';

export const REF: Rule = { keywords: ['$ref'], kinds: KINDS, build: reference };

export const REFERENCES: readonly Rule[] = [
  REF,
  { keywords: ['$recursiveRef'], kinds: KINDS, build: (site) => dynamic(site, '$recursiveRef', '') },
  { keywords: ['$dynamicRef'], kinds: KINDS, build: dynamicReference },
];

function reference(site: Site): Check | null {
  const target = targetOf(site, '$ref');
  return target === undefined ? null : site.referred(target);
}

function targetOf(site: Site, keyword: string): Place | undefined {
  const uri = site.argument(keyword);
  if (typeof uri !== 'string') return site.problem(keyword, 'must be a text');
  const target = site.survey.resolve(uri, site.place.resource);
  if (target !== undefined) return target;
  return site.problem(keyword, `${JSON.stringify(uri)} leads nowhere; ${HELP}`);
}

const HELP = 'a reference reaches what stands in the schema itself, nothing is fetched';

function dynamicReference(site: Site): Check | null {
  const uri = site.argument('$dynamicRef');
  return dynamic(site, '$dynamicRef', typeof uri === 'string' ? splitFragment(uri).fragment : '');
}

/** A reference that may lead to an anchor of the same name in the outermost resource evaluation came through. */
function dynamic(site: Site, keyword: string, anchor: string): Check | null {
  const target = targetOf(site, keyword);
  if (target === undefined) return null;
  const direct = site.referred(target);
  if (target.resource.dynamicAnchors.get(anchor) !== target) return direct;
  const checks = new Map<Resource, Check>();
  for (const resource of site.survey.resources) {
    const place = resource.dynamicAnchors.get(anchor);
    if (place !== undefined) checks.set(resource, site.referred(place));
  }
  return (value, run, seen) => (outermost(run, checks) ?? direct)(value, run, seen);
}

function outermost(run: Run, checks: ReadonlyMap<Resource, Check>): Check | undefined {
  let found: Check | undefined;
  let depth = 0;
  for (let scope: Scope | null = run.scope; scope !== null; scope = scope.outer) {
    found = checks.get(scope.resource) ?? found;
    depth += 1;
  }
  run.steps -= depth;
  return found;
}

import { compareNums, multipleOf, type Num, type RawNumber, readNum, stepsToCompare } from '../numbers.ts';
import { type Check, cut } from '../run.ts';
import type { Rule, Site } from '../site.ts';
import { NUMBER } from '../values.ts';

/** Whether a number meets a bound, from how it compares to it; and the sign for that. */
interface Comparison {
  readonly sign: string;
  readonly meets: (order: number) => boolean;
}

const AT_LEAST: Comparison = { sign: '>=', meets: (order) => order >= 0 };
const ABOVE: Comparison = { sign: '>', meets: (order) => order > 0 };
const AT_MOST: Comparison = { sign: '<=', meets: (order) => order <= 0 };
const BELOW: Comparison = { sign: '<', meets: (order) => order < 0 };

export const NUMBERS: readonly Rule[] = [
  { keywords: ['minimum'], kinds: [NUMBER], build: minimum },
  { keywords: ['maximum'], kinds: [NUMBER], build: maximum },
  {
    keywords: ['exclusiveMinimum'],
    kinds: [NUMBER],
    build: (site) => exclusive(site, 'exclusiveMinimum', ABOVE),
  },
  {
    keywords: ['exclusiveMaximum'],
    kinds: [NUMBER],
    build: (site) => exclusive(site, 'exclusiveMaximum', BELOW),
  },
  { keywords: ['multipleOf'], kinds: [NUMBER], build: multiple },
];

function minimum(site: Site): Check | null {
  return bounded(site, 'minimum', isFlagged(site, 'exclusiveMinimum') ? ABOVE : AT_LEAST);
}

function maximum(site: Site): Check | null {
  return bounded(site, 'maximum', isFlagged(site, 'exclusiveMaximum') ? BELOW : AT_MOST);
}

function isFlagged(site: Site, keyword: string): boolean {
  return site.dialect.exclusiveIsFlag && site.argument(keyword) === true;
}

function exclusive(site: Site, keyword: string, comparison: Comparison): Check | null {
  if (!site.dialect.exclusiveIsFlag) return bounded(site, keyword, comparison);
  if (typeof site.argument(keyword) !== 'boolean') site.problem(keyword, 'must be true or false in draft-04');
  return null;
}

function bounded(site: Site, keyword: string, { sign, meets }: Comparison): Check | null {
  const bound = site.number(keyword);
  if (bound === undefined) return null;
  const failure = `must be ${sign} ${written(site, keyword)}`;
  return (value, run) => {
    if (typeof value === 'number' && typeof bound === 'number')
      return meets(value - bound) || run.fail(failure);
    const num = readNum(value as Num | RawNumber, run);
    run.steps -= stepsToCompare(num);
    return meets(compareNums(num, bound)) || run.fail(failure);
  };
}

/** A number as the schema writes it. */
function written(site: Site, keyword: string): string {
  return cut(JSON.stringify(site.argument(keyword)));
}

function multiple(site: Site): Check | null {
  const divisor = site.number('multipleOf');
  if (divisor === undefined) return null;
  if (compareNums(divisor, 0) <= 0) {
    site.problem('multipleOf', 'must be above 0');
    return null;
  }
  const isMultiple = multipleOf(divisor);
  const failure = `must be a multiple of ${written(site, 'multipleOf')}`;
  return (value, run) => {
    const num = readNum(value as Num | RawNumber, run);
    return isMultiple(num, run) || run.fail(failure);
  };
}

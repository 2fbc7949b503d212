import { canonicalText, COMPARED_IN_A_STEP, MAX_HASHED } from '../canonical.ts';
import type { Check, Run } from '../run.ts';
import type { Rule, Site } from '../site.ts';
import { ARRAY, KINDS, kindOf } from '../values.ts';

export const VALUES: readonly Rule[] = [
  { keywords: ['const'], kinds: KINDS, build: constant },
  { keywords: ['enum'], kinds: KINDS, build: enumeration },
];

function constant(site: Site): Check {
  return oneOfValues([site.argument('const')], 'must be equal to constant');
}

function enumeration(site: Site): Check | null {
  const argument = site.argument('enum');
  if (Array.isArray(argument))
    return oneOfValues(argument, `must be equal to one of the allowed values: ${listed(argument)}`);
  site.problem('enum', 'must be an array');
  return null;
}

/** Longer lists of allowed values are cut in a sentence. */
const MAX_LISTED = 300;

function listed(values: readonly unknown[]): string {
  let list = '';
  for (const [i, value] of values.entries()) {
    const text = JSON.stringify(value);
    if (list.length + text.length > MAX_LISTED) return `[${list}${i === 0 ? '' : ','}… of ${values.length}]`;
    list += i === 0 ? text : `,${text}`;
  }
  return `[${list}]`;
}

function oneOfValues(values: readonly unknown[], failure: string): Check {
  const texts = new Set(values.filter((value) => typeof value === 'string'));
  const others = new Set(
    values
      .filter((value) => typeof value !== 'string')
      .map((value) => canonicalText(value, { steps: Number.POSITIVE_INFINITY })),
  );
  const hasComposites = values.some((value) => kindOf(value) >= ARRAY);
  const longOnes = [...texts, ...others].filter((text) => text.length > MAX_HASHED).length;
  const charge = (text: string, run: Run) => {
    run.steps -= (text.length >> COMPARED_IN_A_STEP) * (1 + longOnes);
  };
  const isAllowed: Check = (value, run) => {
    if (typeof value === 'string') {
      charge(value, run);
      return texts.has(value);
    }
    if (others.size === 0 || (kindOf(value) >= ARRAY && !hasComposites)) return false;
    const text = canonicalText(value, run);
    charge(text, run);
    return others.has(text);
  };
  return (value, run, seen) => isAllowed(value, run, seen) || run.fail(failure);
}

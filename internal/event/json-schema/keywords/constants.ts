import { canonicalText } from '../canonical.ts';
import type { Check } from '../run.ts';
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
    values.filter((value) => typeof value !== 'string').map((value) => canonicalText(value, { steps: 0 })),
  );
  const hasComposites = values.some((value) => kindOf(value) >= ARRAY);
  const isAllowed: Check = (value, run) => {
    if (typeof value === 'string') return texts.has(value);
    if (others.size === 0 || (kindOf(value) >= ARRAY && !hasComposites)) return false;
    return others.has(canonicalText(value, run));
  };
  return (value, run, seen) => isAllowed(value, run, seen) || run.fail(failure);
}

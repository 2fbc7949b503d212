import { matcherOf } from '../pattern/matcher.ts';
import type { Run } from '../run.ts';
import type { Site } from '../site.ts';

/** Whether a text matches a pattern. */
export type Matches = (text: string, run: Run) => boolean;

/** Null where the pattern is a problem. */
export function patternCheck(site: Site, source: string, path: string): Matches | null {
  const made = matcherOf(source);
  if (made.kind === 'matcher') return (text, run) => made.matcher.matches(text, run);
  const pattern = JSON.stringify(source);
  site.problem(
    path,
    made.kind === 'no pattern'
      ? `${pattern} is not a regular expression of ECMA-262`
      : `${pattern} may take exponential time, and nothing can bound it; write no repetition within a repetition, or smaller bounds`,
  );
  return null;
}

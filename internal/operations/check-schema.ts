import { type Examination, examineSchema, type PlacedPattern } from '../event/json-schema/examine.ts';
import { inWords } from '../event/json-schema/survey.ts';

/** What is to be said of a schema before it is registered; each a sentence. */
export interface SchemaReport {
  /** Why it cannot be registered. */
  readonly problems: readonly string[];
  /** Why it should not be; whoever insists may. */
  readonly objections: readonly string[];
  /** What it probably does not do as it was meant to. */
  readonly warnings: readonly string[];
}

/** A pattern is looked at for this long, and all of a schema together. */
const PATTERN_MS = 2_000;
const SCHEMA_MS = 20_000;

/**
 * Examines the JSON text of a schema, its patterns too. Blocks, for as long as hard patterns take: not for a thread that
 * serves others.
 * @throws SyntaxError when it is not JSON
 */
export async function checkSchema(text: string): Promise<SchemaReport> {
  const { problems, warnings, patterns } = examineSchema(text);
  const { exponential, others } = await judged(patterns);
  return {
    problems: problems.map(inWords),
    // What nothing could bound is among the problems already.
    objections: exponential
      .filter(({ pointer }) => !problems.some((problem) => problem.pointer === pointer))
      .map(inWords),
    warnings: [...warnings, ...others].map(inWords),
  };
}

type Remark = Examination['problems'][number];

async function judged(
  patterns: readonly PlacedPattern[],
): Promise<{ readonly exponential: readonly Remark[]; readonly others: readonly Remark[] }> {
  const exponential: Remark[] = [];
  const others: Remark[] = [];
  const doubtful = patterns.filter(({ isQuick }) => !isQuick);
  if (doubtful.length === 0) return { exponential, others };
  // Three megabytes of code, which only registering needs.
  const { checkSync } = (await import('recheck/lib/browser.js')).default;
  const deadline = performance.now() + SCHEMA_MS;
  for (const { pointer, source, flags, isBounded } of doubtful) {
    const timeout = Math.min(PATTERN_MS, deadline - performance.now());
    const verdict = timeout > 0 ? checkSync(source, flags, { timeout }) : null;
    const name = JSON.stringify(source);
    if (verdict?.status === 'vulnerable' && verdict.complexity.type === 'exponential') {
      const text = `${name} takes exponential time where it is matched by trying, for instance in ${verdict.attack.pattern}`;
      exponential.push({ pointer, text });
    } else if (verdict?.status === 'vulnerable' && !isBounded) {
      const text = `${name} takes a time that grows faster than the text, for instance in ${verdict.attack.pattern}; a maxLength beside it bounds that`;
      others.push({ pointer, text });
    } else if (verdict === null || verdict.status === 'unknown') {
      others.push({
        pointer,
        text: `${name} was not judged in time; a maxLength beside it bounds what it may take`,
      });
    }
  }
  return { exponential, others };
}

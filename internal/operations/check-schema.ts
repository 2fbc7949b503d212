import { type Examination, examineSchema, type PlacedPattern } from '../event/json-schema/examine.ts';
import { inWords } from '../event/json-schema/survey.ts';

/** What an operator should know about a schema before it is registered, in sentences. */
export interface SchemaReport {
  /** Why it cannot be registered. */
  readonly problems: readonly string[];
  /** Why it should not be registered, unless the operator insists. */
  readonly objections: readonly string[];
  /** What probably does not work as intended. */
  readonly warnings: readonly string[];
}

/** Limits on examining one pattern, and all patterns of a schema. */
const PATTERN_MS = 2_000;
const SCHEMA_MS = 20_000;

/**
 * Examines the JSON text of a schema, including its patterns. Blocks the thread while it examines hard patterns, so do not
 * call it where others are served.
 * @throws SyntaxError when it is not JSON
 */
export async function checkSchema(text: string): Promise<SchemaReport> {
  const { problems, warnings, patterns } = examineSchema(text);
  const { exponential, others } = await judged(patterns);
  return {
    problems: problems.map(inWords),
    // A pattern that nothing can bound is already among the problems.
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
  // Three megabytes of code that only a registration needs.
  const { checkSync } = (await import('recheck/lib/browser.js')).default;
  const deadline = performance.now() + SCHEMA_MS;
  for (const { pointer, source, flags, isBounded } of doubtful) {
    const timeout = Math.min(PATTERN_MS, deadline - performance.now());
    const verdict = timeout > 0 ? checkSync(source, flags, { timeout }) : null;
    const name = JSON.stringify(source);
    if (verdict?.status === 'vulnerable' && verdict.complexity.type === 'exponential') {
      const text = `${name} takes exponential time in a backtracking matcher, for instance in ${verdict.attack.pattern}`;
      exponential.push({ pointer, text });
    } else if (verdict?.status === 'vulnerable' && !isBounded) {
      const text = `${name} takes a time that grows faster than the text, for instance in ${verdict.attack.pattern}; a maxLength beside it bounds that`;
      others.push({ pointer, text });
    } else if (verdict === null || verdict.status === 'unknown') {
      others.push({
        pointer,
        text: `${name} could not be examined in time; a maxLength beside it bounds the time it may take`,
      });
    }
  }
  return { exponential, others };
}

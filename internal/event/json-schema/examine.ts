import { isTooDeep, MAX_DEPTH } from '../json/scan.ts';
import { parseJson } from '../json/exact.ts';
import { Compiler } from './compile.ts';
import { METASCHEMAS } from './documents.ts';
import { remarksOn } from './remarks.ts';
import { compileSchema, type JsonSchema } from './json-schema.ts';
import { endlessReferences } from './loops.ts';
import { isLinear } from './pattern/cost.ts';
import { type ParsedPattern, parsePattern } from './pattern/parse.ts';
import { type Failure, type Path, pointerOf, wordsOf } from './run.ts';
import { inWords, type Problem, Survey } from './survey.ts';
import { escaped, isObject, type JsonObject, own } from './values.ts';

/** All that is to be said of a schema before it is registered. */
export interface Examination {
  /** Why it cannot be used; none where it can. */
  readonly problems: readonly Problem[];
  /** What it probably does not do as it was meant to. */
  readonly warnings: readonly Problem[];
  /** Its regular expressions, for whoever can say how long they take. */
  readonly patterns: readonly PlacedPattern[];
}

export interface PlacedPattern {
  readonly pointer: string;
  readonly source: string;
  readonly flags: ParsedPattern['flags'];
  /** Whether a `maxLength` beside it bounds the texts that it meets. */
  readonly isBounded: boolean;
  /** Whether it plainly takes a time that grows with the text and no faster. */
  readonly isQuick: boolean;
}

/**
 * Looks at the JSON text of a schema as a whole and names everything at once.
 * @throws SyntaxError when it is not JSON
 */
export function examineSchema(text: string): Examination {
  const refused = (problem: string) => ({
    problems: [{ pointer: '', text: problem }],
    warnings: [],
    patterns: [],
  });
  if (isTooDeep(text)) return refused(`nests more than ${MAX_DEPTH} levels deep`);
  const schema = parseJson(text).exact;
  if (typeof schema === 'boolean') return { problems: [], warnings: [], patterns: [] };
  if (!isObject(schema)) return refused('must be an object, or true or false');
  const survey = new Survey(schema, METASCHEMAS, true);
  const unknownDraft = survey.problems.filter(({ pointer }) => pointer === '/$schema');
  if (unknownDraft.length > 0) return { problems: unknownDraft, warnings: [], patterns: [] };
  const compiler = new Compiler(survey);
  // Also what nothing refers to: it was written to be used.
  for (const place of survey.ownPlaces) compiler.check(place);
  const own = distinct([...survey.problems, ...endlessReferences(survey)]);
  const others = violations(text, survey.root.resource.dialect.metaschema);
  // The compiler says it better where both say something of the same place.
  const isNew = ({ pointer }: Problem) => !own.some((known) => `${pointer}/`.startsWith(`${known.pointer}/`));
  return {
    problems: [...own, ...others.filter(isNew)],
    warnings: remarksOn(survey),
    patterns: patternsOf(survey),
  };
}

function distinct(problems: readonly Problem[]): Problem[] {
  return [...new Map(problems.map((problem) => [inWords(problem), problem])).values()];
}

/** More than anybody mends at once. */
const MAX_VIOLATIONS = 50;
/** About a third of a second. */
const STEPS = 20_000_000;

const METASCHEMA_CHECKS = new Map<string, JsonSchema>();

function metaschemaCheck(uri: string): JsonSchema {
  // Formats are left to the compiler: it also takes regular expressions that are none with Unicode.
  const known = METASCHEMA_CHECKS.get(uri);
  if (known !== undefined) return known;
  const compiled = compileSchema({ $ref: uri }, { assertsFormats: false }) as { schema: JsonSchema };
  METASCHEMA_CHECKS.set(uri, compiled.schema);
  return compiled.schema;
}

/** What the metaschema says against the schema: what is found is taken out, so that the next can be found. */
function violations(text: string, metaschema: string): Problem[] {
  const check = metaschemaCheck(metaschema);
  const schema = parseJson(text).exact;
  const found: Problem[] = [];
  let steps = STEPS;
  while (found.length < MAX_VIOLATIONS) {
    const { run, isMet } = check.run(schema, steps);
    if (isMet || run.steps < 0) break;
    steps = run.steps;
    const { path, failure } = innermost(run.path, run.failure);
    found.push({ pointer: pointerOf(path), text: wordsOf(failure) });
    if (path === null) break;
    takeOut(schema, path);
  }
  return found;
}

/** Where an alternative went into the schema before it failed, it was the one that was meant. */
function innermost(path: Path | null, failure: Failure): { path: Path | null; failure: Failure } {
  if (typeof failure === 'string' || failure.path === null) return { path, failure };
  return innermost(joined(path, failure.path), failure.nearest);
}

function joined(path: Path | null, more: Path): Path {
  if (path === null) return more;
  return { token: path.token, rest: joined(path.rest, more), length: path.length + more.length };
}

function takeOut(holder: unknown, { token, rest }: Path): void {
  const members = holder as Record<string | number, unknown>;
  if (rest !== null) takeOut(members[token], rest);
  else if (Array.isArray(holder)) holder.splice(token as number, 1);
  else delete members[token];
}

function patternsOf(survey: Survey): PlacedPattern[] {
  return survey.ownPlaces.flatMap(({ schema, pointer }) => {
    const holder = schema as JsonObject;
    const isBounded = own(holder, 'maxLength') !== undefined;
    const patterns = own(holder, 'patternProperties');
    return [
      ...placed(own(holder, 'pattern'), `${pointer}/pattern`, isBounded),
      ...Object.keys(isObject(patterns) ? patterns : {}).flatMap((source) =>
        placed(source, `${pointer}/patternProperties/${escaped(source)}`, false),
      ),
    ];
  });
}

function placed(source: unknown, pointer: string, isBounded: boolean): PlacedPattern[] {
  const parsed = typeof source === 'string' ? parsePattern(source) : null;
  if (parsed === null) return [];
  const { flags, ast } = parsed;
  return [{ pointer, source: parsed.source, flags, isBounded, isQuick: ast !== null && isLinear(ast) }];
}

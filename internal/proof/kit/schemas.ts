import { compileSchema, compileText, type JsonSchema } from '../../event/json-schema/json-schema.ts';
import { inWords } from '../../event/json-schema/survey.ts';

/** A schema, given as a value or as JSON text, that has to be usable. */
export function usableSchema(schema: unknown): JsonSchema {
  const compiled = typeof schema === 'string' ? compileText(schema) : compileSchema(schema);
  if (compiled.kind === 'unusable') throw new Error(compiled.problems.map(inWords).join('; '));
  return compiled.schema;
}

/** What is wrong with a schema, each problem in words. */
export function problemsOfSchema(schema: unknown): string[] {
  const compiled = compileSchema(schema);
  return compiled.kind === 'usable' ? [] : compiled.problems.map(inWords);
}

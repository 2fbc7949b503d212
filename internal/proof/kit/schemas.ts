import { compileSchema, compileText, type JsonSchema } from '../../event/json-schema/json-schema.ts';
import { inWords } from '../../event/json-schema/survey.ts';

/** Compiles a schema, given as a value or as JSON text, that must be usable. */
export function usableSchema(schema: unknown): JsonSchema {
  const compiled = typeof schema === 'string' ? compileText(schema) : compileSchema(schema);
  if (compiled.kind === 'unusable') throw new Error(compiled.problems.map(inWords).join('; '));
  return compiled.schema;
}

/** The problems of a schema, as texts. */
export function problemsOfSchema(schema: unknown): string[] {
  const compiled = compileSchema(schema);
  return compiled.kind === 'usable' ? [] : compiled.problems.map(inWords);
}

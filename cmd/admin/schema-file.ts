import { readFile } from 'node:fs/promises';
import { ProgramError } from '#internal/daemon/program.ts';
import { checkSchema, type SchemaReport } from '#internal/operations/check-schema.ts';

/** The JSON text of a schema that may be registered, with warnings about it. */
interface SchemaFile {
  readonly text: string;
  readonly warnings: readonly string[];
}

/**
 * Reads a schema and examines it; `force` accepts one with objections.
 * @throws ProgramError that names everything that is wrong
 */
export async function readSchema(file: string, force: boolean): Promise<SchemaFile> {
  const { text, report } = await examined(file);
  const { problems, objections, warnings } = report;
  const refusals = [
    ...problems,
    ...(force ? [] : objections.map((objection) => `${objection}; --force registers it anyway`)),
  ];
  if (refusals.length > 0) {
    const list = [...refusals, ...warnings.map((warning) => `also: ${warning}`)]
      .map((line) => `\n  ${line}`)
      .join('');
    throw new ProgramError(`${file} is not a JSON Schema that can be used:${list}`);
  }
  return { text, warnings: [...objections, ...warnings] };
}

async function examined(file: string): Promise<{ readonly text: string; readonly report: SchemaReport }> {
  const text = await textOf(file);
  try {
    return { text, report: await checkSchema(text) };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new ProgramError(`the schema file ${file} is not JSON: ${error.message}`, { cause: error });
  }
}

async function textOf(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).replace(/^\uFEFF/, '');
  } catch (error) {
    throw new ProgramError(`the schema file ${file} cannot be read: ${(error as Error).message}`, {
      exitCode: 2,
      cause: error,
    });
  }
}

import type { Dialect, Holds } from './dialects.ts';
import { escaped, isObject, type JsonObject } from './values.ts';

type Visit = (schema: unknown, path: string) => void;

/** Every schema that stands in a keyword of this one, with the JSON Pointer that leads there. */
export function eachSubschema(schema: JsonObject, dialect: Dialect, visit: Visit): void {
  for (const keyword in schema) {
    const holds = dialect.keywords.get(keyword);
    if (holds !== undefined && holds !== 'no schema') visitArgument(schema[keyword], holds, keyword, visit);
  }
}

function visitArgument(argument: unknown, holds: Holds, keyword: string, visit: Visit): void {
  const many = holds === 'schemas' || (holds === 'a schema or schemas' && Array.isArray(argument));
  if (holds === 'named schemas' || holds === 'named schemas or names') {
    if (!isObject(argument)) return;
    for (const [name, schema] of Object.entries(argument)) visit(schema, `${keyword}/${escaped(name)}`);
  } else if (many) {
    if (Array.isArray(argument)) argument.forEach((schema, i) => visit(schema, `${keyword}/${i}`));
  } else {
    visit(argument, keyword);
  }
}

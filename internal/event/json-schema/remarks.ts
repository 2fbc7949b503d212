import { DIALECTS, type Dialect } from './dialects.ts';
import { FORMAT_NAMES } from './formats/formats.ts';
import { meant } from './misspelt.ts';
import { parsePattern } from './pattern/parse.ts';
import type { Place, Problem, Survey } from './survey.ts';
import { escaped, isObject, type JsonObject, own } from './values.ts';

/** What stands in a schema and does nothing, or not what its author may think. */
export function remarksOn(survey: Survey): Problem[] {
  return survey.ownPlaces.flatMap((place) => [
    ...unknownKeywords(place),
    ...besideReference(place),
    ...unknownFormat(place),
    ...patternsWithoutUnicode(place),
  ]);
}

/** Kept for old schemas, or reached by references only: nobody is to be warned of them. */
const NEVER_REMARKED = new Set(['$defs', 'definitions', '$comment', '$async']);

function unknownKeywords({ schema, resource, pointer }: Place): Problem[] {
  const { dialect } = resource;
  const unknown = Object.keys(schema as JsonObject).filter(
    (name) => !dialect.keywords.has(name) && !NEVER_REMARKED.has(name) && !/^x-/i.test(name),
  );
  return unknown.map((name) => ({
    pointer: `${pointer}/${escaped(name)}`,
    text: `does nothing: ${whyUnknown(name, dialect)}`,
  }));
}

function whyUnknown(name: string, dialect: Dialect): string {
  const elsewhere = DIALECTS.filter(({ keywords }) => keywords.has(name)).map(({ name }) => name);
  if (elsewhere.length > 0)
    return `it is a keyword of draft ${elsewhere.join(', ')}, and this schema is of draft ${dialect.name}`;
  const unknown = `draft ${dialect.name} has no such keyword`;
  const probable = name === 'nullable' ? 'null among the types' : meant(name, dialect.keywords.keys());
  return probable === undefined ? unknown : `${unknown}; ${probable} was probably meant`;
}

/** What may stand beside a reference that stands alone, because it says nothing about payloads. */
const SAYS_NOTHING =
  /^(?:\$ref|\$schema|\$?id|\$comment|title|description|default|examples|definitions|\$defs|x-.*)$/;

function besideReference({ schema, resource, pointer }: Place): Problem[] {
  const { dialect } = resource;
  const holder = schema as JsonObject;
  if (!dialect.refStandsAlone || typeof own(holder, '$ref') !== 'string') return [];
  const ignored = Object.keys(holder).filter(
    (name) => dialect.keywords.has(name) && !SAYS_NOTHING.test(name),
  );
  return ignored.map((name) => ({
    pointer: `${pointer}/${name}`,
    text: `does nothing: in draft ${dialect.name}, nothing beside a $ref counts; allOf can hold both`,
  }));
}

function unknownFormat({ schema, pointer }: Place): Problem[] {
  const name = own(schema as JsonObject, 'format');
  if (typeof name !== 'string' || FORMAT_NAMES.includes(name)) return [];
  const probable = meant(name, FORMAT_NAMES);
  const hint = probable === undefined ? '' : `; ${probable} was probably meant`;
  return [
    {
      pointer: `${pointer}/format`,
      text: `is not checked: ${JSON.stringify(name)} is not a known format${hint}`,
    },
  ];
}

function patternsWithoutUnicode({ schema, pointer }: Place): Problem[] {
  const holder = schema as JsonObject;
  const patterns = own(holder, 'patternProperties');
  const sources = [
    ['pattern', own(holder, 'pattern')] as const,
    ...Object.keys(isObject(patterns) ? patterns : {}).map(
      (source) => [`patternProperties/${escaped(source)}`, source] as const,
    ),
  ];
  return sources.flatMap(([path, source]) => {
    if (typeof source !== 'string' || parsePattern(source)?.flags !== '') return [];
    const text = `is read without Unicode: ${JSON.stringify(source)} is not a regular expression with it (flag u of ECMA-262)`;
    return [{ pointer: `${pointer}/${path}`, text }];
  });
}

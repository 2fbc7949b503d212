import { isObject, type JsonObject } from './values.ts';

/** What a keyword holds, as far as schemas are in it. */
export type Holds =
  | 'no schema'
  | 'a schema'
  | 'schemas'
  | 'named schemas'
  | 'a schema or schemas'
  | 'named schemas or names';

/** What a schema means: which keywords it has, and how it names itself. */
export interface Dialect {
  readonly name: string;
  readonly metaschema: string;
  readonly idKeyword: '$id' | 'id';
  /** Up to draft-07, nothing beside a `$ref` counts. */
  readonly refStandsAlone: boolean;
  /** Draft-04 writes exclusive bounds as true beside the bound. */
  readonly exclusiveIsFlag: boolean;
  /** Draft 2020-12 counts what `contains` found among the evaluated elements. */
  readonly containsEvaluates: boolean;
  readonly keywords: ReadonlyMap<string, Holds>;
}

type Keywords = Readonly<Record<string, Holds>>;

/** Keywords of one meaning, each holding the same. */
function all(names: string, holds: Holds = 'no schema'): Keywords {
  return Object.fromEntries(names.split(' ').map((name) => [name, holds]));
}

const NUMBERS_AND_SIZES = all(
  'type enum multipleOf maximum exclusiveMaximum minimum exclusiveMinimum maxLength minLength pattern maxItems minItems uniqueItems maxProperties minProperties required',
);

const DRAFT_04: Keywords = {
  ...all('$schema id $ref title description default format'),
  ...NUMBERS_AND_SIZES,
  ...all('definitions properties patternProperties', 'named schemas'),
  ...all('allOf anyOf oneOf', 'schemas'),
  ...all('not additionalItems additionalProperties', 'a schema'),
  items: 'a schema or schemas',
  dependencies: 'named schemas or names',
};
const DRAFT_06: Keywords = {
  ...without(DRAFT_04, 'id'),
  ...all('$id examples const'),
  ...all('contains propertyNames', 'a schema'),
};
const DRAFT_07: Keywords = {
  ...DRAFT_06,
  ...all('$comment readOnly writeOnly contentMediaType contentEncoding'),
  ...all('if then else', 'a schema'),
};

/** The vocabularies of drafts 2019-09 and 2020-12, by the ends of their URIs. */
const CORE = {
  ...all('$schema $id $ref $anchor $comment $vocabulary'),
  // Both are of older drafts; later ones keep them so that old schemas go on working.
  ...all('$defs definitions', 'named schemas'),
};
const APPLICATOR = {
  ...all('properties patternProperties dependentSchemas', 'named schemas'),
  ...all('allOf anyOf oneOf', 'schemas'),
  ...all('not if then else contains additionalProperties propertyNames', 'a schema'),
  dependencies: 'named schemas or names',
} as const satisfies Keywords;
const UNEVALUATED = all('unevaluatedItems unevaluatedProperties', 'a schema');
const VALIDATION = { ...NUMBERS_AND_SIZES, ...all('const dependentRequired minContains maxContains') };
const SHARED = {
  validation: VALIDATION,
  'meta-data': all('title description default deprecated readOnly writeOnly examples'),
  content: { ...all('contentMediaType contentEncoding'), contentSchema: 'a schema' },
} as const satisfies Readonly<Record<string, Keywords>>;

const VOCABULARIES_2019: Readonly<Record<string, Keywords>> = {
  core: { ...CORE, ...all('$recursiveRef $recursiveAnchor') },
  applicator: { ...APPLICATOR, ...UNEVALUATED, additionalItems: 'a schema', items: 'a schema or schemas' },
  ...SHARED,
  format: all('format'),
};
const VOCABULARIES_2020: Readonly<Record<string, Keywords>> = {
  core: { ...CORE, ...all('$dynamicRef $dynamicAnchor') },
  applicator: { ...APPLICATOR, items: 'a schema', prefixItems: 'schemas' },
  unevaluated: UNEVALUATED,
  ...SHARED,
  'format-annotation': all('format'),
  'format-assertion': all('format'),
};

function without(keywords: Keywords, name: string): Keywords {
  return Object.fromEntries(Object.entries(keywords).filter(([keyword]) => keyword !== name));
}

function dialect(name: string, metaschema: string, keywords: Keywords, more: Partial<Dialect>): Dialect {
  return {
    name,
    metaschema,
    idKeyword: '$id',
    refStandsAlone: false,
    exclusiveIsFlag: false,
    containsEvaluates: false,
    keywords: new Map(Object.entries(keywords)),
    ...more,
  };
}

function together(vocabularies: Readonly<Record<string, Keywords>>): Keywords {
  return Object.assign({}, ...Object.values(vocabularies)) as Keywords;
}

const OLD = 'http://json-schema.org/';
const NEW = 'https://json-schema.org/draft/';

export const DRAFT_2020_12 = dialect('2020-12', `${NEW}2020-12/schema`, together(VOCABULARIES_2020), {
  containsEvaluates: true,
});

/** The drafts that are taken. */
export const DIALECTS: readonly Dialect[] = [
  dialect('04', `${OLD}draft-04/schema`, DRAFT_04, {
    idKeyword: 'id',
    refStandsAlone: true,
    exclusiveIsFlag: true,
  }),
  dialect('06', `${OLD}draft-06/schema`, DRAFT_06, { refStandsAlone: true }),
  dialect('07', `${OLD}draft-07/schema`, DRAFT_07, { refStandsAlone: true }),
  dialect('2019-09', `${NEW}2019-09/schema`, together(VOCABULARIES_2019), {}),
  DRAFT_2020_12,
];

/** The draft that a `$schema` names, by http or https, with or without the empty fragment; undefined for another. */
export function dialectNamed(uri: string): Dialect | undefined {
  const plain = uri.replace(/^https?:/, '').replace(/#$/, '');
  return DIALECTS.find(({ metaschema }) => metaschema.replace(/^https?:/, '') === plain);
}

/** For schemas whose `$schema` names none of the drafts. */
export const DRAFTS_TAKEN = `the drafts that are taken are ${DIALECTS.map(({ metaschema }) => metaschema).join(', ')}`;

const VOCABULARY = /^https:\/\/json-schema\.org\/draft\/(2019-09|2020-12)\/vocab\/([a-z-]+)$/;

/**
 * The dialect that a metaschema of somebody's own describes by its `$vocabulary`: that of its draft, with the keywords
 * of those vocabularies only. Undefined when it requires a vocabulary that is not known.
 */
export function dialectOfVocabularies(metaschema: JsonObject, base: Dialect): Dialect | undefined {
  const { $vocabulary: vocabularies } = metaschema;
  if (!isObject(vocabularies)) return base;
  const sets = base === DRAFT_2020_12 ? VOCABULARIES_2020 : VOCABULARIES_2019;
  const taken: Keywords[] = [];
  for (const [uri, required] of Object.entries(vocabularies)) {
    const [, draft, name = ''] = VOCABULARY.exec(uri) ?? [];
    const keywords = draft === base.name ? sets[name] : undefined;
    if (keywords !== undefined) taken.push(keywords);
    else if (required === true) return undefined;
  }
  return { ...base, keywords: new Map(Object.entries(Object.assign({}, ...taken) as Keywords)) };
}

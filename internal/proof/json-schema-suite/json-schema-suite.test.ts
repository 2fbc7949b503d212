import { describe, expect, test } from 'vitest';
import { compileSchema, type Options } from '../../event/json-schema/json-schema.ts';
import { DRAFTS, type Draft, filesOf, type Group, groupsOf, METASCHEMA, remotes } from './suite.ts';

const documents = remotes();

/** Optional tests whose result differs on purpose. All required tests pass. */
const NOT_PASSED: Readonly<Record<string, string>> = {
  'draft4 optional/zeroTerminatedFloats.json: a float is not an integer even without fractional part':
    '1.0 is an integer in every draft, as it is in all later ones: PostgreSQL and most producers do not distinguish it from 1',
  'draft7 optional/content.json: an invalid JSON document':
    'content keywords are annotations, as in later drafts',
  'draft7 optional/content.json: an invalid base64 string (% is not a valid character)':
    'content keywords are annotations, as in later drafts',
  'draft7 optional/content.json: a validly-encoded invalid JSON document':
    'content keywords are annotations, as in later drafts',
  'draft7 optional/content.json: an invalid base64 string that is valid JSON':
    'content keywords are annotations, as in later drafts',
};

/** The tests of a file with a result other than expected. */
function differences(draft: Draft, file: string, options: Options): string[] {
  return groupsOf(draft, file).flatMap((group) => differencesIn(group, draft, file, options));
}

function differencesIn({ description, schema, tests }: Group, draft: Draft, file: string, options: Options) {
  const compiled = compileSchema(inDraft(schema, draft), options);
  if (compiled.kind === 'unusable')
    return [`${draft} ${file}: ${description}: ${JSON.stringify(compiled.problems)}`];
  return tests
    .filter(({ data, valid }) => (compiled.schema.checkValue(data) === null) !== valid)
    .map((test) => `${draft} ${file}: ${test.description}`)
    .filter((name) => !(name in NOT_PASSED));
}

function inDraft(schema: unknown, draft: Draft): unknown {
  const isNamed = typeof schema !== 'object' || schema === null || '$schema' in schema;
  return isNamed ? schema : { $schema: METASCHEMA[draft], ...schema };
}

describe.each(DRAFTS)('%s', (draft) => {
  // The required tests treat `format` as an annotation. The product asserts it, as the tests in
  // optional/format expect.
  test.each(filesOf(draft))('%s', (file) => {
    expect(differences(draft, file, { documents, assertsFormats: false })).toEqual([]);
  });

  test.each(filesOf(draft, 'optional'))('optional/%s', (file) => {
    expect(differences(draft, `optional/${file}`, { documents })).toEqual([]);
  });

  test.each(filesOf(draft, 'optional/format'))('optional/format/%s', (file) => {
    expect(differences(draft, `optional/format/${file}`, { documents })).toEqual([]);
  });
});

test('every test listed as not passed exists in the suite', () => {
  const names = new Set(
    DRAFTS.flatMap((draft) =>
      filesOf(draft, 'optional').flatMap((file) =>
        groupsOf(draft, `optional/${file}`).flatMap(({ tests }) =>
          tests.map(({ description }) => `${draft} optional/${file}: ${description}`),
        ),
      ),
    ),
  );
  expect(Object.keys(NOT_PASSED).filter((name) => !names.has(name))).toEqual([]);
});

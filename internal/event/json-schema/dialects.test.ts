import { expect, test } from 'vitest';
import { dialectNamed, dialectOfVocabularies, DRAFT_2020_12 } from './dialects.ts';

test.each([
  ['http://json-schema.org/draft-04/schema#', '04'],
  ['http://json-schema.org/draft-06/schema', '06'],
  ['https://json-schema.org/draft-07/schema#', '07'],
  ['https://json-schema.org/draft/2019-09/schema', '2019-09'],
  ['http://json-schema.org/draft/2020-12/schema#', '2020-12'],
])('%s is draft %s', (uri, name) => {
  expect(dialectNamed(uri)?.name).toBe(name);
});

test.each([
  ['http://json-schema.org/draft-03/schema#'],
  ['http://json-schema.org/schema#'],
  ['draft-07'],
  [''],
])('%j is no draft that is taken', (uri) => {
  expect(dialectNamed(uri)).toBeUndefined();
});

const vocabulary = (name: string) => `https://json-schema.org/draft/2020-12/vocab/${name}`;

test('a metaschema of its own has the keywords of its vocabularies and no others', () => {
  const $vocabulary = { [vocabulary('core')]: true, [vocabulary('applicator')]: true, 'urn:of-mine': false };
  const dialect = dialectOfVocabularies({ $vocabulary }, DRAFT_2020_12);
  expect(dialect?.keywords.has('properties')).toBe(true);
  expect(dialect?.keywords.has('minimum')).toBe(false);
});

test('a metaschema that requires a vocabulary nobody knows cannot be used', () => {
  expect(dialectOfVocabularies({ $vocabulary: { 'urn:of-mine': true } }, DRAFT_2020_12)).toBeUndefined();
});

test('a metaschema without vocabularies means what its draft means', () => {
  expect(dialectOfVocabularies({}, DRAFT_2020_12)).toBe(DRAFT_2020_12);
});

import { expect, test } from 'vitest';
import { resolveUri, splitFragment } from './uri.ts';

/** RFC 3986, 5.4. */
test.each([
  ['g:h', 'g:h'],
  ['g', 'http://a/b/c/g'],
  ['./g', 'http://a/b/c/g'],
  ['g/', 'http://a/b/c/g/'],
  ['/g', 'http://a/g'],
  ['//g', 'http://g'],
  ['?y', 'http://a/b/c/d;p?y'],
  ['g?y', 'http://a/b/c/g?y'],
  ['#s', 'http://a/b/c/d;p?q'],
  ['', 'http://a/b/c/d;p?q'],
  ['.', 'http://a/b/c/'],
  ['..', 'http://a/b/'],
  ['../g', 'http://a/b/g'],
  ['../..', 'http://a/'],
  ['../../../g', 'http://a/g'],
  ['g;x=1/../y', 'http://a/b/c/y'],
])('%s beside http://a/b/c/d;p?q is %s', (reference, expected) => {
  expect(resolveUri(reference, 'http://a/b/c/d;p?q')).toBe(expected);
});

test.each([
  ['a.json', '', 'a.json'],
  ['a.json', 'http://host', 'http://host/a.json'],
  ['b.json', 'a.json', 'b.json'],
  ['#x', 'urn:uuid:1', 'urn:uuid:1'],
])('%s beside %s is %s', (reference, base, expected) => {
  expect(resolveUri(reference, base)).toBe(expected);
});

test.each([
  ['a#/b%25c', { document: 'a', fragment: '/b%c' }],
  ['a', { document: 'a', fragment: '' }],
  ['#%', { document: '', fragment: '%' }],
])('%s is taken apart', (uri, parts) => {
  expect(splitFragment(uri)).toEqual(parts);
});

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { misspeltNames, unknownNames } from './known.ts';

test('a misspelt name in .env is told with the one that was meant', () => {
  expect(
    unknownNames(['QUEU_URL', 'DATABASE_URL', 'AWS_REGON', 'MY_OWN', 'AWS_STS_REGIONAL_ENDPOINTS']),
  ).toEqual([
    { name: 'QUEU_URL', meant: 'QUEUE_URL' },
    { name: 'AWS_REGON', meant: 'AWS_REGION' },
    { name: 'MY_OWN', meant: undefined },
  ]);
});

test('of the environment only what is almost one of ours', () => {
  expect(misspeltNames(['HOME', 'QUEUENAME', 'DATABASEURL', 'AWS_REGON', 'PATH', 'SHELL', 'POOLS'])).toEqual([
    { name: 'QUEUENAME', meant: 'QUEUE_NAME' },
    { name: 'DATABASEURL', meant: 'DATABASE_URL' },
  ]);
});

test('every variable of .env-template is known', () => {
  const template = readFileSync(new URL('../../.env-template', import.meta.url), 'utf8');
  const names = [...template.matchAll(/^#?([A-Z][A-Z0-9_]+)=/gm)].map(([, name = '']) => name);
  expect(names.length).toBeGreaterThan(30);
  expect(unknownNames(names)).toEqual([]);
});

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { REGISTRY_REASONS, REJECTION_REASONS } from './rejection.ts';

test('the reasons are those that the database accepts', () => {
  const schema = readFileSync(new URL('../../migrations/0001_core.sql', import.meta.url), 'utf8');
  const accepted = /check \(reason in \(([^)]*)\)/.exec(schema)?.[1] ?? '';
  expect([...accepted.matchAll(/'(\w+)'/g)].map(([, reason]) => reason)).toEqual([...REJECTION_REASONS]);
});

test('the reasons that a registration ends are those the database has an index for', () => {
  const schema = readFileSync(new URL('../../migrations/0001_core.sql', import.meta.url), 'utf8');
  const indexed = /where state = 'open' and reason in \(([^)]*)\)/.exec(schema)?.[1] ?? '';
  expect([...indexed.matchAll(/'(\w+)'/g)].map(([, reason]) => reason)).toEqual([...REGISTRY_REASONS]);
});

import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { REGISTRY_REASONS, REJECTION_REASONS } from './rejection.ts';

const FOLDER = new URL('../../migrations/', import.meta.url);

test('the reasons are those that the database accepts', () => {
  const migrations = readdirSync(FOLDER)
    .toSorted()
    .map((name) => readFileSync(new URL(name, FOLDER), 'utf8'));
  const [, accepted = ''] =
    migrations
      .flatMap((sql) => [...sql.matchAll(/rejection_reason_check check \(reason in \(([^)]*)\)/g)])
      .at(-1) ?? [];
  expect([...accepted.matchAll(/'(\w+)'/g)].map(([, reason]) => reason)).toEqual([...REJECTION_REASONS]);
});

test('the reasons that a registration ends are those the database has an index for', () => {
  const schema = readFileSync(new URL('0001_core.sql', FOLDER), 'utf8');
  const indexed = /where state = 'open' and reason in \(([^)]*)\)/.exec(schema)?.[1] ?? '';
  expect([...indexed.matchAll(/'(\w+)'/g)].map(([, reason]) => reason)).toEqual([...REGISTRY_REASONS]);
});

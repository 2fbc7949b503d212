import { expect, test } from 'vitest';
import { ReadinessPage } from './readiness.ts';

test('before a program runs, it is not ready, and says what it waits for', async () => {
  const page = new ReadinessPage();
  expect(await page.readiness()).toEqual({ ready: false, lines: ['running: starting'] });
  page.waitsFor('store', 'it cannot be reached');
  expect(page.away).toEqual(['store']);
  expect(await page.readiness()).toEqual({
    ready: false,
    lines: ['store: it cannot be reached', 'running: starting'],
  });
  page.waitsFor('store', null);
  expect(await page.readiness()).toEqual({ ready: false, lines: ['running: starting'] });
});

test('a program that runs is ready as long as every check passes, and says which does not', async () => {
  const page = new ReadinessPage();
  let problem: string | undefined = 'statements fail';
  page.runs({
    store: async () => {
      if (problem !== undefined) throw new Error(problem);
    },
    queue: async () => {},
  });
  expect(await page.readiness()).toEqual({ ready: false, lines: ['store: statements fail', 'queue: ok'] });
  problem = undefined;
  expect(await page.readiness()).toEqual({ ready: true, lines: ['store: ok', 'queue: ok'] });
});

import { expect, test } from 'vitest';
import { encodingProblem } from './encoding.ts';

test('only UTF-8 holds every event: what else a database may be in is named, with what to do', () => {
  expect(encodingProblem('UTF8')).toBeNull();
  expect(encodingProblem('SQL_ASCII')).toMatch(/SQL_ASCII.*encoding 'UTF8' template template0/);
});

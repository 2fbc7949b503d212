import { expect, test } from 'vitest';
import { encodingProblem } from './encoding.ts';

test('refuses any encoding but UTF-8 by name, and says what to do', () => {
  expect(encodingProblem('UTF8')).toBeNull();
  expect(encodingProblem('SQL_ASCII')).toMatch(/SQL_ASCII.*encoding 'UTF8' template template0/);
});

import { expect, test } from 'vitest';
import { z } from 'zod';
import { ConfigError, configProblems, EVEN_SO, loadConfig, whole } from './config.ts';

const schema = z
  .object({ A: whole(1, 0, 9), B: whole(1, 0, 9), C: z.string('is missing') })
  .superRefine(({ B }, context) => {
    if (B === 7) context.addIssue({ code: 'custom', message: 'B must not be 7' });
  }, EVEN_SO);

test('tells every problem at once, also those of several variables together', () => {
  expect(configProblems(schema, { A: 'x', B: '7' })).toEqual([
    'A must be a whole number from 0 to 9',
    'C is missing',
    'B must not be 7',
  ]);
  expect(() => loadConfig(schema, { A: 'x', B: '7' })).toThrow(ConfigError);
  expect(configProblems(schema, { A: '', B: '3', C: 'c' })).toEqual([]);
});

test('names what is wrong: the configuration, the command line, or both', () => {
  expect(new ConfigError(['A']).message).toBe('The configuration cannot be used:\n  - A');
  expect(new ConfigError([], ['--a']).message).toBe(
    'The command line (--help explains it) cannot be used:\n  - --a',
  );
  expect(new ConfigError(['A'], ['--a']).message).toBe(
    'The command line (--help explains it) and the configuration cannot be used:\n  - --a\n  - A',
  );
});

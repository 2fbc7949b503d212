import { expect, test } from 'vitest';
import { checkSchema } from './check-schema.ts';

const check = (schema: unknown) => checkSchema(JSON.stringify(schema));

test('a pattern in exponential time is objected to, with a text that shows it', async () => {
  expect(await check({ properties: { a: { pattern: '^(a+)+$' } } })).toEqual({
    problems: [],
    objections: [
      expect.stringMatching(
        /^\/properties\/a\/pattern "\^\(a\+\)\+\$" takes exponential time in a backtracking matcher, for instance in 'a'.*repeat/,
      ),
    ],
    warnings: [],
  });
});

test('a pattern in quadratic time is warned of, unless a maxLength bounds it', async () => {
  expect(await check({ pattern: '\\d+$' })).toEqual({
    problems: [],
    objections: [],
    warnings: [expect.stringContaining('/pattern "\\\\d+$" takes a time that grows faster than the text')],
  });
  expect((await check({ pattern: '\\d+$', maxLength: 20 })).warnings).toEqual([]);
});

test('a pattern that nothing can bound is a problem, whoever insists', async () => {
  const { problems, objections } = await check({ pattern: '^(a+)+\\1$' });
  expect([problems.length, objections.length]).toEqual([1, 0]);
  expect(problems[0]).toContain('nothing can bound it');
});

test('patterns that are matched in one way only are not objected to', async () => {
  const patterns = [
    '^[a-z]+(-[a-z]+)*$',
    '^[A-Z]{3}-[0-9]{4}$',
    '^[^@]+@[^@]+$',
    '^(?=.*[a-z])(?=.*\\d).{8,}$',
  ];
  const report = await check({ anyOf: patterns.map((pattern) => ({ pattern })) });
  expect(report).toEqual({ problems: [], objections: [], warnings: [] });
});

test('all that is wrong with a schema is said at once', async () => {
  const report = await check({
    requried: [],
    pattern: '(a|a)*$',
    properties: { a: { $ref: '#/no' }, b: { type: 'int' } },
  });
  expect([report.problems.length, report.objections.length, report.warnings.length]).toEqual([2, 1, 1]);
});

test('what is not JSON is not looked at', async () => {
  await expect(checkSchema('{')).rejects.toThrow(SyntaxError);
});

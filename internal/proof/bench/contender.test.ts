import { expect, test } from 'vitest';
import { nodeArgsOf, PROCESSOR } from './contender.ts';

test('the options of Node are separated from the program and its own options', () => {
  expect(nodeArgsOf('exec node --a=1 --b cmd/x/main.ts --c')).toEqual(['--a=1', '--b']);
  expect(nodeArgsOf('exec node cmd/x/main.ts --c')).toEqual([]);
});

test('the processor is measured with a bound on its memory', () => {
  expect(PROCESSOR.nodeArgs).toContainEqual(expect.stringMatching(/^--max-old-space-size=\d+$/));
});

import { expect, test } from 'vitest';
import { SCENARIOS } from './deliver/goals.ts';
import { parseOptions } from './options.ts';

const parse = (...args: string[]) => parseOptions(['node', 'bench', ...args]);

test('deliver measures everything by default, and with --only what is named, in its own order', () => {
  expect(parse('deliver')).toMatchObject({
    command: 'deliver',
    options: { only: SCENARIOS, rounds: 3, full: false, profile: false },
  });
  expect(parse('deliver', '--only', 'tls,one', '--messages', '500')).toMatchObject({
    options: { only: ['one', 'tls'], messages: 500 },
  });
});

test('a measurement that deliver does not know is refused', () => {
  expect(() => parse('deliver', '--only', 'one,two')).toThrow('Expected some of one, hundred');
});

test('lanes takes a number of rounds', () => {
  expect(parse('lanes', '--rounds', '5')).toMatchObject({ command: 'lanes', options: { rounds: 5 } });
});

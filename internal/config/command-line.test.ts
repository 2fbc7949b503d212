import { expect, test, vi } from 'vitest';
import { CommandLine } from './command-line.ts';
import { wholeNumberFrom } from './whole-number.ts';

function parsed(...args: string[]): CommandLine {
  const command = new CommandLine('test')
    .option('--count <n>', 'how many', wholeNumberFrom(1, 9))
    .option('--rate <n>', 'how fast', wholeNumberFrom(1, 9), 5)
    .requiredOption('--name <name>', 'of what')
    .argument('<file>', 'where')
    .check(({ count = 0, rate = 0 }: { count?: number; rate?: number }) =>
      count > rate ? ['--count must not exceed --rate'] : [],
    );
  return command.parse(['node', 'test', ...args]);
}

test('takes what is right', () => {
  const command = parsed('file', '--count', '3', '--name', 'x');
  expect(command.mistakes()).toEqual([]);
  expect(command.opts()).toEqual({ count: 3, rate: 5, name: 'x' });
});

test('tells every mistake at once', () => {
  expect(parsed('file', 'other', '--count', 'x', '--rate=0', '--name', 'x').mistakes()).toEqual([
    "option '--count <n>' argument 'x' is invalid. Expected a whole number from 1 to 9.",
    "option '--rate <n>' argument '0' is invalid. Expected a whole number from 1 to 9.",
    'too many arguments. Expected 1 argument but got 2: file, other.',
  ]);
  expect(parsed('--rate', 'fast').mistakes()).toEqual([
    "option '--rate <n>' argument 'fast' is invalid. Expected a whole number from 1 to 9.",
    "required option '--name <name>' not specified",
    "missing required argument 'file'",
  ]);
  expect(parsed('file', '--name').mistakes()).toEqual(["option '--name <name>' argument missing"]);
});

test('unknown options are all told, with what was meant, and are not taken for arguments', () => {
  expect(parsed('--cuont', '3', '--bogus', '--rate', '0', '--name', 'x').mistakes()).toEqual([
    "option '--rate <n>' argument '0' is invalid. Expected a whole number from 1 to 9.",
    "unknown option '--cuont': was --count meant?",
    "unknown option '--bogus'",
  ]);
});

test('what does not go together is told with the rest', () => {
  expect(parsed('file', '--name', 'x', '--count', '7', '--bogus').mistakes()).toEqual([
    "unknown option '--bogus'",
    '--count must not exceed --rate',
  ]);
  expect(parsed('file', '--name', 'x', '--count', '7').mistakes()).toEqual([
    '--count must not exceed --rate',
  ]);
});

test('a check does not see what may be of an unknown option', () => {
  const check = vi.fn(() => []);
  const command = new CommandLine('test').argument('[ids...]').check(check);
  command.parse(['node', 'test', '7', '--bogus', '8']).mistakes();
  expect(check).toHaveBeenCalledWith({}, [['7']]);
});

test('commands share their mistakes, and none is run that has some', async () => {
  const action = vi.fn();
  const program = new CommandLine('test');
  program.hook('preAction', (_, command) => {
    if ((command as CommandLine).mistakes().length > 0) throw new Error('mistakes');
  });
  program.command('go <where>').option('--fast <n>', 'how', wholeNumberFrom(1, 9)).action(action);
  await expect(program.parseAsync(['node', 'test', 'go', '--fast', 'x'])).rejects.toThrow('mistakes');
  expect(action).not.toHaveBeenCalled();
  expect(program.mistakes()).toHaveLength(2);
});

test('an unknown command is a mistake', () => {
  const program = new CommandLine('test');
  program.command('go');
  program.parse(['node', 'test', 'og']);
  expect(program.mistakes()).toEqual(["unknown command 'og' (Did you mean go?)"]);
});

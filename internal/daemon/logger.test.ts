import { expect, test } from 'vitest';
import { formatFor, loggerOn, prettyOn } from './logger.ts';

function collected() {
  const lines: string[] = [];
  return { lines, output: { write: (line: string) => lines.push(line) } };
}

test.each([
  [undefined, true, 'pretty'],
  [undefined, false, 'json'],
  ['json', true, 'json'],
  ['pretty', false, 'pretty'],
] as const)('wanted %s, on a terminal %s: %s', (wanted, isTerminal, format) => {
  expect(formatFor(wanted, isTerminal)).toBe(format);
});

test('for machines a line is JSON, with level and time in words and nothing of an error but what it is', () => {
  const { lines, output } = collected();
  const secret = Object.assign(new Error('refused'), { code: '42501', parameters: ['secret'] });
  loggerOn(output, 'test', 'info').child({ component: 'store' }).warn({ err: secret, events: 3 }, 'held');
  const line = JSON.parse(lines[0] ?? '') as Record<string, unknown>;
  expect(line).toEqual({
    level: 'warn',
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    pid: process.pid,
    name: 'test',
    component: 'store',
    err: { type: 'Error', message: 'refused', code: '42501' },
    events: 3,
    msg: 'held',
  });
});

test('for people a line is short: time of day, level, where it comes from, what happened, and the rest', async () => {
  const { lines, output } = collected();
  const log = loggerOn(await prettyOn(output, { colors: false }), 'test', 'info');
  log.child({ worker: 2, component: 'store' }).info({ stored: 10, seconds: 60 }, 'progress');
  log.warn({ err: Object.assign(new Error('refused'), { code: '42501' }) }, 'held');
  log.info({}, 'ready');
  const [progress, held, ready] = lines.map((line) => line.replace(/^\[\d\d:\d\d:\d\d\.\d{3}\] /, ''));
  expect(progress).toBe('INFO: worker 2 store: progress {"stored":10,"seconds":60}\n');
  expect(held).toBe('WARN: held {"err":{"type":"Error","message":"refused","code":"42501"}}\n');
  expect(ready).toBe('INFO: ready\n');
});

test('what is below the level is not written', () => {
  const { lines, output } = collected();
  const log = loggerOn(output, 'test', 'info');
  log.debug({}, 'an event is rejected');
  expect(lines).toEqual([]);
});

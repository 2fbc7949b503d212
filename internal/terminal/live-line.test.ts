import { expect, test } from 'vitest';
import { bar, duration, LiveLine } from './live-line.ts';

/** Returns the lines on the screen after all writes. */
class Screen {
  readonly isTTY = true;
  readonly columns = 40;
  written = '';
  readonly write = (text: string | Uint8Array) => {
    this.written += String(text);
    return true;
  };

  get lines(): string[] {
    return this.written.split('\n').map((line) => line.slice(line.lastIndexOf('\u001B[K') + 3));
  }
}

test('ends with a line end, and shows the last state', () => {
  const screen = new Screen();
  const line = new LiveLine(screen);
  line.draw(['1 of 9']);
  line.draw(['9 of 9']); // at once: not drawn yet
  line[Symbol.dispose]();
  line[Symbol.dispose]();
  line.draw(['too late']);
  expect(screen.written).toBe('\r\u001B[K1 of 9\r\u001B[K9 of 9\n');
});

test('tells lines above itself', () => {
  const screen = new Screen();
  using line = new LiveLine(screen);
  line.draw(['1 of 9']);
  line.tell('ending');
  expect(screen.lines).toEqual(['ending', '1 of 9']);
});

test('leaves room for the ^C that the terminal writes behind it', () => {
  const screen = new Screen();
  using line = new LiveLine(screen);
  line.draw(['x'.repeat(60)]);
  expect(screen.lines[0]).toBe(`${'x'.repeat(36)}…`);
});

test('writes nothing when there was nothing to show, and keeps no listener', () => {
  const screen = new Screen();
  const before = process.listenerCount('exit');
  new LiveLine(screen)[Symbol.dispose]();
  expect(screen.written).toBe('');
  expect(process.listenerCount('exit')).toBe(before);
});

test.each([
  [0, 0, '[--------------------] 0%'],
  [1, 4, '[=====---------------] 25%'],
  [999, 1000, '[===================-] 99%'],
  [5, 4, '[====================] 100%'],
])('a bar of %i of %i', (done, total, text) => {
  expect(bar(done, total)).toBe(text);
});

test.each([
  [41.6, '42s'],
  [187, '3m07s'],
  [20_400, '5h40m'],
])('%i seconds', (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});

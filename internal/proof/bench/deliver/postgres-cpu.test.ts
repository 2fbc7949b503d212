import { expect, test } from 'vitest';
import { parseStat } from './postgres-cpu.ts';

test('reads the parent and the CPU time of a process, whatever its name is', () => {
  const stat = '4711 (odd) name (x) S 42 1 1 0 -1 4194560 100 200 0 0 150 50 300 100 20 0 1 0 999 1 1';
  expect(parseStat(stat)).toEqual({ parent: 42, seconds: 2, reapedSeconds: 4 });
});

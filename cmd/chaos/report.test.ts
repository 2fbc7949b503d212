import { expect, test } from 'vitest';
import type { Fault } from './fault.ts';
import { reportOf } from './report.ts';
import type { RoundResult } from './round.ts';

const sigterm: Fault = { name: 'sigterm', what: 'SIGTERM', inject: async () => 1 };
const full: Fault = { name: 'disk-full', what: 'no space', inject: async () => 1 };

function result(changes: Partial<RoundResult> = {}): RoundResult {
  return {
    events: 100,
    struck: new Map([[sigterm, 2]]),
    violations: [],
    recoverySeconds: 1.25,
    maxRssBytes: 100 * 1024 * 1024,
    ...changes,
  };
}

test('a line for each fault, one for all mixtures, and what was left out', () => {
  const violation = { promise: 'no event is lost', what: 'x' } as const;
  const report = reportOf(
    [
      { faults: [sigterm], result: result() },
      { faults: [sigterm], result: result({ recoverySeconds: 2, violations: [violation] }) },
      { faults: [sigterm, full], result: result() },
      { faults: [full], result: result({ events: 0, struck: new Map(), skipped: 'it takes root' }) },
    ],
    7,
  );
  expect(report.split('\n').slice(2)).toEqual([
    '| disk-full | no space | skipped |  |  |  |  |  |',
    '| mixtures of two to four | faults that strike together | 1 | 2 | 100 | 0 | 1.3 | 100 |',
    '| sigterm | SIGTERM | 2 | 4 | 200 | 1 | 2.0 | 100 |',
    '',
    '4 rounds with seed 7: 300 events, 1 violations, at most 2.0 s to recover.',
    'Skipped: disk-full, because it takes root.',
    '',
  ]);
});

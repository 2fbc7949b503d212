import { expect, test } from 'vitest';
import type { Fault } from './fault.ts';
import { reportOf } from './report.ts';
import type { RoundResult } from './round.ts';

const sigterm: Fault = { name: 'sigterm', what: 'SIGTERM', inject: async () => 1 };
const locked: Fault = { name: 'table-locked', what: 'a lock', inject: async () => 1 };
const full: Fault = { name: 'disk-full', what: 'no space', inject: async () => 1 };

function result(changes: Partial<RoundResult> = {}): RoundResult {
  return {
    events: 100,
    struck: new Map([[sigterm, 2]]),
    violations: [],
    recoverySeconds: 1.25,
    maxRssBytes: 100 * 1024 * 1024,
    kills: 3,
    requests: 0,
    ...changes,
  };
}

test('has a row per fault, with its mixtures, and lists what was skipped', () => {
  const violation = { promise: 'no event is lost', what: 'x' } as const;
  const report = reportOf(
    [
      { faults: [sigterm], result: result(), seconds: 30 },
      { faults: [sigterm], result: result({ recoverySeconds: 2, violations: [violation] }), seconds: 30 },
      {
        faults: [sigterm, locked],
        result: result({
          recoverySeconds: 3,
          struck: new Map<Fault, number | string>([
            [sigterm, 1],
            [locked, 'nothing to lock'],
          ]),
        }),
        seconds: 60,
      },
      {
        faults: [full],
        result: result({ events: 0, struck: new Map(), kills: 0, skipped: 'it takes root' }),
        seconds: 0,
      },
    ],
    7,
  );
  expect(report.split('\n').slice(2)).toEqual([
    '| disk-full | no space | skipped |  |  |  |  |  |  |  |',
    '| sigterm | SIGTERM | 2 | 1 | 5 | 300 | 1 | 2.0 | 3.0 | 100 |',
    '| table-locked | a lock | 0 | 1 | 0 | 100 | 0 |  | 3.0 | 100 |',
    '',
    '4 rounds with seed 7 in 2.0 minutes, 1 of them mixtures: 300 events, 9 processes killed, 1 violations, at most 3.0 s to recover.',
    '1 times a fault of a mixture found nothing to strike.',
    'Skipped: disk-full, because it takes root.',
    '',
  ]);
});

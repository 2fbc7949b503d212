import { expect, test } from 'vitest';
import { type CpuProfile, selfTimes } from './cpu-profile.ts';

function profileOf(
  samples: readonly (readonly [functionName: string, url: string, ms: number])[],
): CpuProfile {
  return {
    nodes: samples.map(([functionName, url], id) => ({
      id,
      callFrame: { functionName, url, lineNumber: 1 },
    })),
    samples: samples.map((_, id) => id),
    timeDeltas: samples.map(([, , ms]) => ms * 1000),
  };
}

test('samples are summed by function and by part of the program, without idle time', () => {
  const times = selfTimes(
    profileOf([
      ['(idle)', '', 500],
      ['(garbage collector)', '', 4],
      ['writeUtf8String', '', 3],
      ['decide', 'file:///app/internal/processor/decide.ts', 2],
      ['decide', 'file:///app/internal/processor/decide.ts', 2],
      ['', 'file:///app/internal/processor/room.ts', 1],
      ['query', 'file:///app/node_modules/pg/lib/client.js', 5],
      ['run', 'file:///app/node_modules/@aws-sdk/client-sqs/dist/index.js', 6],
      ['emit', 'node:events', 7],
      ['load', 'node:internal/modules/esm/loader', 8],
    ]),
  );
  expect(times.busyMs).toBe(38);
  expect(times.rooms).toEqual([
    { name: 'Node, modules', ms: 8 },
    { name: 'Node, events', ms: 7 },
    { name: '@aws-sdk/client-sqs', ms: 6 },
    { name: 'internal/processor', ms: 5 },
    { name: 'pg', ms: 5 },
    { name: '(garbage collector)', ms: 4 },
    { name: 'V8 and built-in functions', ms: 3 },
  ]);
  expect(times.functions.slice(3, 5)).toEqual([
    { name: 'query, client.js', ms: 5 },
    { name: '(garbage collector), V8', ms: 4 },
  ]);
  expect(times.functions).toContainEqual({ name: '(anonymous), room.ts', ms: 1 });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Turns } from './turns.ts';

const ALWAYS = () => true;

function turnsOf(endpoints: readonly (readonly [tenant: string, endpoint: number])[]): Turns {
  const turns = new Turns();
  for (const [tenant, endpoint] of endpoints) turns.add(tenant, endpoint);
  return turns;
}

describe('turns', () => {
  test('go round the tenants, and within a tenant round its endpoints', () => {
    const turns = turnsOf([
      ['a', 1],
      ['a', 2],
      ['a', 3],
      ['b', 4],
      ['c', 5],
      ['c', 6],
    ]);
    const given = Array.from({ length: 9 }, () => turns.next(ALWAYS));
    expect(given).toEqual([1, 4, 5, 2, 4, 6, 3, 4, 5]);
  });

  test('go to the next endpoint that is ready, and those that were not keep their places', () => {
    const turns = turnsOf([
      ['a', 1],
      ['a', 2],
      ['b', 3],
    ]);
    expect(turns.next((endpoint) => endpoint === 2)).toBe(2);
    expect(turns.next((endpoint) => endpoint !== 3)).toBe(1);
    expect(turns.next(ALWAYS)).toBe(3);
    expect(turns.next(() => false)).toBeUndefined();
  });

  test('pass over a tenant that may have no more, and ask none of its endpoints', () => {
    const turns = turnsOf([
      ['a', 1],
      ['a', 2],
      ['b', 3],
    ]);
    const asked: number[] = [];
    const ready = (endpoint: number) => asked.push(endpoint) > 0;
    expect(turns.next(ready, (tenant) => tenant !== 'a')).toBe(3);
    expect(asked).toEqual([3]);
    expect(turns.next(ALWAYS)).toBe(1);
  });

  test('are of those that have work: added once, and removed', () => {
    const turns = turnsOf([
      ['a', 1],
      ['b', 2],
      ['a', 1],
    ]);
    expect([turns.size, turns.tenants, turns.has(1)]).toEqual([2, 2, true]);
    turns.remove(1);
    turns.remove(1);
    expect([turns.size, turns.tenants, turns.has(1)]).toEqual([1, 1, false]);
    expect([turns.next(ALWAYS), turns.next(ALWAYS)]).toEqual([2, 2]);
    turns.remove(2);
    expect([turns.next(ALWAYS), turns.size, turns.tenants]).toEqual([undefined, 0, 0]);
  });

  test('cost one question where all are ready, whether 10 or 10,000 have work', () => {
    const turns = turnsOf(Array.from({ length: 10_000 }, (_, i) => [`t${i % 100}`, i] as const));
    let asked = 0;
    for (let i = 0; i < 20_000; i += 1) {
      turns.next(() => {
        asked += 1;
        return true;
      });
    }
    expect(asked).toBe(20_000);
  });
});

const TENANTS = ['a', 'b', 'c', 'd'];
const STEP = fc.oneof(
  { weight: 3, arbitrary: fc.record({ add: fc.integer({ min: 0, max: 15 }) }) },
  { weight: 1, arbitrary: fc.record({ remove: fc.integer({ min: 0, max: 15 }) }) },
  { weight: 6, arbitrary: fc.record({ ready: fc.uniqueArray(fc.integer({ min: 0, max: 15 })) }) },
);

function tenantOf(endpoint: number): string {
  return TENANTS[endpoint % TENANTS.length] as string;
}

interface Turn {
  readonly waiting: ReadonlySet<number>;
  readonly ready: ReadonlySet<number>;
  readonly given: number | undefined;
  /** Endpoints that were removed since the turn before. */
  readonly removed: ReadonlySet<number>;
  /** Tenants that had nothing waiting at some time since the turn before. */
  readonly emptied: ReadonlySet<string>;
}

function play(steps: readonly ({ add: number } | { remove: number } | { ready: number[] })[]): Turn[] {
  const turns = new Turns();
  const waiting = new Set<number>();
  const played: Turn[] = [];
  let removed = new Set<number>();
  let emptied = new Set<string>();
  for (const step of steps) {
    if ('add' in step) {
      turns.add(tenantOf(step.add), step.add);
      waiting.add(step.add);
    } else if ('remove' in step) {
      turns.remove(step.remove);
      waiting.delete(step.remove);
      removed.add(step.remove);
      for (const tenant of TENANTS) if (endpointsOf(tenant, waiting).length === 0) emptied.add(tenant);
    } else {
      const ready = new Set(step.ready);
      const given = turns.next((endpoint) => ready.has(endpoint));
      played.push({ waiting: new Set(waiting), ready, given, removed, emptied });
      removed = new Set();
      emptied = new Set();
    }
  }
  return played;
}

function endpointsOf(tenant: string, endpoints: ReadonlySet<number>): number[] {
  return [...endpoints].filter((endpoint) => tenantOf(endpoint) === tenant);
}

/**
 * Returns those who were passed over twice by the same one, though they could have had both turns, as `who by whom`.
 * @param turns who had each, who could have had it, and who lost its place before it
 */
function passedOver<T>(
  turns: readonly { readonly taker: T; readonly others: readonly T[]; readonly left: ReadonlySet<T> }[],
): string[] {
  const passedBy = new Map<T, Set<T>>();
  const violations: string[] = [];
  for (const { taker, others, left } of turns) {
    for (const who of [taker, ...left]) passedBy.delete(who);
    for (const other of others) {
      const before = passedBy.get(other) ?? new Set();
      if (before.has(taker)) violations.push(`${String(other)} by ${String(taker)}`);
      passedBy.set(other, before.add(taker));
    }
  }
  return violations;
}

describe('whatever comes and goes', () => {
  const STEPS = fc.array(STEP, { maxLength: 120 });

  test('a turn goes to one that has work and is ready, if there is one', () => {
    fc.assert(
      fc.property(STEPS, (steps) => {
        for (const { waiting, ready, given } of play(steps)) {
          const possible = [...waiting].filter((endpoint) => ready.has(endpoint));
          expect(given === undefined ? possible.length === 0 : possible.includes(given)).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('no tenant has two turns while another one has an endpoint that is ready both times', () => {
    fc.assert(
      fc.property(STEPS, (steps) => {
        const turns = play(steps).map(({ waiting, ready, given, emptied }) => {
          const taker = given === undefined ? '' : tenantOf(given);
          const isReady = (tenant: string) => endpointsOf(tenant, waiting).some((e) => ready.has(e));
          return { taker, others: TENANTS.filter((t) => t !== taker && isReady(t)), left: emptied };
        });
        expect(passedOver(turns)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  test('no endpoint has two turns of its tenant while another one is ready both times', () => {
    fc.assert(
      fc.property(STEPS, (steps) => {
        const turns = play(steps).map(({ waiting, ready, given = -1, removed }) => {
          const siblings = given === -1 ? [] : endpointsOf(tenantOf(given), waiting);
          return { taker: given, others: siblings.filter((e) => e !== given && ready.has(e)), left: removed };
        });
        expect(passedOver(turns)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});

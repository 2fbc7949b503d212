import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Lines } from './lines.ts';

type Step = { readonly add: string } | { readonly remove: string } | 'take';

const NAME = fc.constantFrom('a', 'b', 'c', 'd');
const STEPS: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: NAME.map((add) => ({ add })) },
    { weight: 4, arbitrary: fc.constant('take' as const) },
    { weight: 1, arbitrary: NAME.map((remove) => ({ remove })) },
  ),
  { maxLength: 80 },
);

interface Item {
  readonly name: string;
  readonly number: number;
}

/** Plays the steps, and tells after each what was taken and what waits by then. */
function play(
  steps: readonly Step[],
  after: (taken: Item | undefined, lines: Lines<Item>, waiting: ReadonlyMap<string, Item[]>) => void,
): void {
  const lines = new Lines<Item>();
  const waiting = new Map<string, Item[]>();
  const removed: Item[][] = [];
  const expected: Item[][] = [];
  for (const [number, step] of steps.entries()) {
    let taken: Item | undefined;
    if (step === 'take') {
      taken = lines.take();
      if (taken !== undefined) {
        const rest = waiting.get(taken.name)?.filter((item) => item !== taken) ?? [];
        if (rest.length === 0) waiting.delete(taken.name);
        else waiting.set(taken.name, rest);
      }
    } else if ('add' in step) {
      const item = { name: step.add, number };
      lines.add(step.add, item);
      waiting.set(step.add, [...(waiting.get(step.add) ?? []), item]);
    } else {
      removed.push(lines.remove(step.remove));
      expected.push(waiting.get(step.remove) ?? []);
      waiting.delete(step.remove);
    }
    after(taken, lines, waiting);
  }
  expect(removed).toEqual(expected);
}

describe('lines', () => {
  test('give the items of a line in the order of their arrival', () => {
    fc.assert(
      fc.property(STEPS, (steps) => {
        const last = new Map<string, number>();
        play(steps, (taken) => {
          if (taken === undefined) return;
          expect(taken.number).toBeGreaterThan(last.get(taken.name) ?? -1);
          last.set(taken.name, taken.number);
        });
      }),
    );
  });

  test('give every line that waits a turn before one has its second', () => {
    fc.assert(
      fc.property(STEPS, (steps) => {
        /** By line: those that have waited since its last turn and had none themselves. */
        const owed = new Map<string, Set<string>>();
        play(steps, (taken, _, waiting) => {
          for (const others of owed.values())
            for (const other of others)
              if (!waiting.has(other) && other !== taken?.name) others.delete(other);
          if (taken === undefined) return;
          expect([...(owed.get(taken.name) ?? [])]).toEqual([]);
          for (const others of owed.values()) others.delete(taken.name);
          owed.set(taken.name, new Set([...waiting.keys()].filter((name) => name !== taken.name)));
        });
      }),
    );
  });

  test('count what waits, and give nothing only when nothing does', () => {
    fc.assert(
      fc.property(STEPS, (steps) => {
        play(steps, (_, lines, waiting) => {
          expect(lines.size).toBe([...waiting.values()].flat().length);
        });
        const lines = new Lines<number>();
        const adds = steps.flatMap((step) => (typeof step === 'object' && 'add' in step ? [step.add] : []));
        for (const [number, name] of adds.entries()) lines.add(name, number);
        for (const _ of adds) expect(lines.take()).toBeTypeOf('number');
        expect(lines.take()).toBeUndefined();
      }),
    );
  });

  test('keep thousands of items of one line in order while it is filled, taken from and taken out', () => {
    const lines = new Lines<number>();
    const taken: number[] = [];
    let added = 0;
    const add = (count: number) => {
      for (const end = added + count; added < end; added += 1) lines.add('flood', added);
    };
    add(3_000);
    for (let i = 0; i < 2_500; i += 1) taken.push(lines.take() as number);
    add(500);
    for (let i = 0; i < 200; i += 1) taken.push(lines.take() as number);
    taken.push(...lines.remove('flood'));
    expect(taken).toEqual([...Array(3_500).keys()]);
    expect(lines.size).toBe(0);
  });
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Ring, RingNode } from './ring.ts';

function valuesOf(ring: Ring<number>): { forwards: number[]; backwards: number[] } {
  const forwards: number[] = [];
  let last: RingNode<number> | undefined;
  for (let node = ring.first; node !== undefined; node = node.after) {
    forwards.push(node.value);
    last = node;
  }
  const backwards: number[] = [];
  for (let node = last; node !== undefined; node = node.before) backwards.push(node.value);
  return { forwards, backwards };
}

test('holds what an array would, in both directions, whatever is appended, removed and moved', () => {
  const step = fc.tuple(fc.constantFrom('toggle', 'move'), fc.integer({ min: 0, max: 6 }));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const ring = new Ring<number>();
      const nodes = Array.from({ length: 7 }, (_, value) => new RingNode(value));
      let model: number[] = [];
      for (const [what, value] of steps) {
        const node = nodes[value] as RingNode<number>;
        const isThere = model.includes(value);
        if (what === 'move' && !isThere) continue;
        model = model.filter((other) => other !== value);
        if (what === 'move' || !isThere) model.push(value);
        if (what === 'move') ring.moveToEnd(node);
        else if (isThere) ring.remove(node);
        else ring.append(node);
        expect(valuesOf(ring)).toEqual({ forwards: model, backwards: model.toReversed() });
      }
    }),
  );
});

import { expect, it } from 'vitest';
import { type Behaviour, FRIENDLY, Reactions } from './behaviour.ts';

const MIXED: Behaviour = {
  ...FRIENDLY,
  statuses: [
    { status: 200, share: 0.7 },
    { status: 500, share: 0.3 },
  ],
  delayMs: { from: 5, to: 15 },
  hang: 0.1,
  reset: 0.2,
};

function draw(reactions: Reactions, count: number, behaviour = MIXED) {
  return Array.from({ length: count }, () => reactions.next(behaviour));
}

it('reacts in the shares that were asked for, and waits within the bounds', () => {
  const drawn = draw(new Reactions(1, 'acme'), 10_000);
  const share = (reaction: unknown) => drawn.filter((each) => each.reaction === reaction).length / 10_000;
  expect(share('hang')).toBeCloseTo(0.1, 1);
  expect(share('reset')).toBeCloseTo(0.2, 1);
  expect(share(200)).toBeCloseTo(0.7 * 0.7, 1);
  expect(share(500)).toBeCloseTo(0.7 * 0.3, 1);
  const delays = drawn.map(({ delayMs }) => delayMs);
  expect(Math.min(...delays)).toBeGreaterThanOrEqual(5);
  expect(Math.max(...delays)).toBeLessThan(15);
});

it('draws the same again from the same seed and name, and other ones from others', () => {
  const first = draw(new Reactions(7, 'acme'), 50);
  expect(draw(new Reactions(7, 'acme'), 50)).toEqual(first);
  expect(draw(new Reactions(8, 'acme'), 50)).not.toEqual(first);
  expect(draw(new Reactions(7, 'globex'), 50)).not.toEqual(first);
});

it('keeps the reactions to come when the behaviour changes in between', () => {
  const [steady, changed] = [new Reactions(7, 'acme'), new Reactions(7, 'acme')];
  draw(steady, 10);
  draw(changed, 10, FRIENDLY);
  expect(draw(changed, 20)).toEqual(draw(steady, 20));
});

import { expect, test } from 'vitest';
import { parseOptions } from './options.ts';
import type { Fault } from './fault.ts';
import { FAULTS } from './faults/all.ts';
import { type RoundPlan, roundsOf, schedule } from './schedule.ts';

const NAMES = FAULTS.map(({ name }) => name);

function parse(...args: string[]) {
  return parseOptions(['node', 'chaos', ...args], NAMES);
}

function plans(count: number, ...args: string[]): RoundPlan[] {
  return schedule(parse(...args), FAULTS)
    .take(count)
    .toArray();
}

function isUnmixable({ alone, between }: Fault): boolean {
  return alone === true || between === true;
}

function namesOf({ faults }: { faults: readonly Fault[] }): string {
  return faults.map(({ name }) => name).join('+');
}

test('reads its options', () => {
  expect(parse('--seed', '7', '--rounds', '3', '--events', '500', '--report', 'r.md')).toEqual({
    seed: 7,
    rounds: 3,
    events: 500,
    report: 'r.md',
    list: false,
    of: 'all',
  });
  expect(parse('--minutes', '5').minutes).toBe(5);
});

test('every fault has a unique name', () => {
  expect(new Set(NAMES).size).toBe(NAMES.length);
});

test('runs every fault alone, then mixtures', () => {
  const rounds = plans(FAULTS.length + 20, '--seed', '1');
  expect(rounds.slice(0, FAULTS.length).map(namesOf).toSorted()).toEqual(NAMES.toSorted());
  for (const { faults } of rounds.slice(FAULTS.length)) {
    expect(faults.filter(isUnmixable).length).toBe(faults.length === 1 ? 1 : 0);
  }
});

test('the same seed gives the same rounds, another one others', () => {
  const rounds = (seed: string) => plans(50, '--seed', seed).map((plan) => `${plan.seed} ${namesOf(plan)}`);
  expect(rounds('3')).toEqual(rounds('3'));
  expect(rounds('3')).not.toEqual(rounds('4'));
});

test('minutes run mixtures, and sometimes a fault that cannot be mixed', () => {
  const rounds = plans(200, '--minutes', '1', '--seed', '1');
  const alone = rounds.filter(({ faults }) => faults.length === 1);
  expect(alone.length).toBeGreaterThan(10);
  expect(alone.length).toBeLessThan(60);
  expect(alone.flatMap(({ faults }) => faults)).toSatisfy((faults: Fault[]) => faults.every(isUnmixable));
  expect(roundsOf(parse('--minutes', '1'), FAULTS)).toBe(Number.POSITIVE_INFINITY);
});

test('faults that would undo each other are never in one mixture', () => {
  for (const { faults } of plans(500, '--minutes', '1', '--seed', '2')) {
    const actedOn = faults.flatMap(({ actsOn }) => actsOn ?? []);
    expect(new Set(actedOn).size).toBe(actedOn.length);
  }
});

test('a round can be repeated by its seed and faults', () => {
  const plan = plans(1, '--minutes', '1', '--seed', '3')[0] as RoundPlan;
  const again = plans(1, '--seed', String(plan.seed), '--fault', ...plan.faults.map(({ name }) => name));
  expect(again).toEqual([plan]);
});

test('one fault runs the given number of times, once by default', () => {
  expect(plans(2, '--fault', 'sigterm').map(namesOf)).toEqual(['sigterm', 'sigterm']);
  expect(roundsOf(parse('--fault', 'sigterm'), FAULTS)).toBe(1);
  expect(roundsOf(parse('--fault', 'sigterm', '--rounds', '4'), FAULTS)).toBe(4);
  expect(roundsOf(parse(), FAULTS)).toBe(FAULTS.length);
});

test('--of leaves out the faults of the other part, and only rounds with the sender deliver', () => {
  const ofSender = plans(60, '--of', 'sender', '--minutes', '1', '--seed', '4');
  expect(ofSender.flatMap(({ faults }) => faults).filter(({ of }) => of === undefined)).toEqual([]);
  expect(ofSender.every(({ delivers }) => delivers)).toBe(true);
  const ofProcessor = plans(60, '--of', 'processor', '--minutes', '1', '--seed', '4');
  expect(ofProcessor.flatMap(({ faults }) => faults).filter(({ of }) => of === 'sender')).toEqual([]);
  expect(ofProcessor.some(({ delivers }) => delivers)).toBe(false);
});

test('mixtures run the whole way, and a fault of the processor alone does not', () => {
  for (const { faults, delivers } of plans(FAULTS.length + 20, '--seed', '1'))
    expect(delivers).toBe(faults.length > 1 || faults[0].of !== undefined);
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CATEGORIES } from './categories.ts';
import { expectationOf } from './expectation.ts';
import { outcomesOf } from './observe.ts';
import { Rig, type Verdict } from './rig.ts';

let rig: Rig;

beforeAll(async () => {
  rig = await Rig.open();
});

afterAll(async () => {
  await using ended = rig;
  // The processor counted what the cases expect, event for event: nothing was lost, nothing made up.
  expect(await ended.booksAtEnd()).toMatchObject({ ...ended.books, balanced: true, inFlight: 0 });
});

describe.each(CATEGORIES)('$title', ({ cases }) => {
  let verdicts: Verdict[];

  beforeAll(async () => {
    verdicts = await rig.decide(cases);
  });

  for (const [position, input] of cases.entries()) {
    test(input.name, () => {
      const { answer, observed, rejections, goodEvent } = verdicts[position] as Verdict;
      expect(goodEvent).toBe('stored');
      if (answer.kind === 'refused_by_sqs' && input.serversDiffer === true) return;
      expect(observed).toEqual(expectationOf(input, answer));
      expect(rejections).toBe(outcomesOf(input).filter(({ kind }) => kind === 'rejected').length);
    });
  }
});

import { describe, expect, test } from 'vitest';
import type { CheckBudget } from './budget.ts';
import { type Matcher, matcherOf } from './matcher.ts';

interface Noted extends CheckBudget {
  stopped: string | null;
}

const newRun = (steps = 1e6): Noted => ({
  steps,
  nativeSteps: 200_000,
  stopped: null,
  stop(reason) {
    this.stopped = reason;
    return false;
  },
});

function matcher(source: string): Matcher {
  const made = matcherOf(source);
  if (made.kind !== 'matcher') throw new Error(`${source} is ${made.kind}`);
  return made.matcher;
}

describe('a pattern', () => {
  test.each([
    ['^[a-z]+$', 'abc', true],
    ['^[a-z]+$', 'a'.repeat(100_000), true],
    ['^(a+)+$', 'aaaa', true],
    ['^(a+)+$', `${'a'.repeat(50_000)}!`, false],
    ['^[^@]+@[^@]+\\.[a-z]+$', 'someone@example.com', true],
    ['(a*)\\1b', 'aab', true],
    // V8 says no.
    ['[^b]$', 'a\u{1F600}', true],
    ['(?!a)[\\s\\S]$', '\u{1F600}', true],
    // Here the engine runs out of stack.
    ['^(?:[A-Za-z0-9+/]{4})*$', 'AAAA'.repeat(2_000_000), true],
  ])('%s is matched', (source, text, expected) => {
    const run = newRun(1e9);
    expect(matcher(source).matches(text, run)).toBe(expected);
    expect(run.stopped).toBeNull();
  });

  test('that may go wrong is left to the engine for so long only', () => {
    const run = newRun();
    const email = matcher('^[^@]+@[^@]+\\.[a-z]+$');
    for (let i = 0; i < 1_000; i += 1) expect(email.matches('a@b.cd', run)).toBe(true);
    expect(run.nativeSteps).toBeGreaterThanOrEqual(0);
    expect(run.steps).toBeGreaterThan(900_000);
  });

  test('that only the engine can match costs what it may take', () => {
    const run = newRun();
    for (let i = 0; i < 10; i += 1) expect(matcher('(a*)\\1b').matches(`${'a'.repeat(60)}b`, run)).toBe(true);
    expect(run.steps).toBeLessThan(950_000);
  });

  test('that only the engine can match is not matched in a text that may take long', () => {
    const run = newRun();
    expect(matcher('(a*)\\1b').matches('a'.repeat(5_000), run)).toBe(false);
    expect(run.stopped).toBe(
      'the pattern "(a*)\\\\1b" of the schema may take too long for a text of this length; a maxLength beside it bounds that',
    );
  });

  test('that only the engine can match is not matched where the engine has no stack for it', () => {
    const run = newRun(1e9);
    expect(matcher('^(?:(?i:[a-z0-9+/]){4})*$').matches('AAAA'.repeat(2_000_000), run)).toBe(false);
    expect(run.stopped).toContain('may take too long');
  });

  test.each([
    ['(a+)+\\1', 'exponential'],
    [`${'(?:'.repeat(300)}a${')'.repeat(300)}`, 'exponential'],
    ['(', 'no pattern'],
  ])('%s cannot be used: %s', (source, kind) => {
    expect(matcherOf(source).kind).toBe(kind);
  });
});

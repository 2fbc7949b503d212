import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { automatonOf } from './automaton.ts';
import { type ParsedPattern, parsePattern } from './parse.ts';

const ATOMS = [
  'a',
  'b',
  'c',
  '-',
  '.',
  '\\w',
  '\\W',
  '\\d',
  '\\s',
  '[a-b]',
  '[^a]',
  '[\\s\\S]',
  '\\p{L}',
  '😀',
  '[😀-😂]',
  '\\ud83d',
  'é',
  '\\n',
  '\\-',
  '^',
  '$',
  '\\b',
  '\\B',
  '',
];
const TIMES = ['*', '+', '?', '{2}', '{1,3}', '{0,2}', '{2,}', '{0}', '*?', '+?'];
const AROUND = ['(?=', '(?!', '(?<=', '(?<!'];

const { pattern: anyPattern } = fc.letrec<{ pattern: string }>((tie) => ({
  pattern: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'pattern' },
    fc.constantFrom(...ATOMS),
    fc.tuple(tie('pattern'), tie('pattern')).map(([a, b]) => a + b),
    fc.tuple(tie('pattern'), tie('pattern')).map(([a, b]) => `(?:${a}|${b})`),
    fc.tuple(tie('pattern'), fc.constantFrom(...TIMES)).map(([a, times]) => `(${a})${times}`),
    fc.tuple(fc.constantFrom(...AROUND), tie('pattern')).map(([around, a]) => `${around}${a})`),
  ),
}));

const anyText = fc
  .array(fc.constantFrom('a', 'b', 'c', '-', ' ', '1', '😀', '😁', '\ud83d', '\ude00', 'é', '\n', '_'), {
    maxLength: 7,
  })
  .map((parts) => parts.join(''));

const matches = (pattern: ParsedPattern, text: string) =>
  automatonOf(pattern)?.matches(text, { steps: Number.POSITIVE_INFINITY });

/**
 * As ECMA-262 looks for it, from one character to the next. The engine by itself misses `[^a]$` where an emoji stands at
 * the end, and finds what has no width inside of one.
 */
function isFound({ source, flags }: ParsedPattern, text: string): boolean {
  const sticky = new RegExp(source, `${flags}y`);
  for (let at = 0; at <= text.length; at += flags === 'u' && (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1) {
    sticky.lastIndex = at;
    if (sticky.test(text)) return true;
  }
  return false;
}

describe('the automaton of a pattern', () => {
  test('finds it wherever the engine finds it, and nowhere else', () => {
    fc.assert(
      fc.property(anyPattern, fc.array(anyText, { minLength: 3, maxLength: 3 }), (source, texts) => {
        const pattern = parsePattern(source);
        fc.pre(pattern !== null && automatonOf(pattern) !== null);
        for (const text of texts)
          expect([text, matches(pattern, text)]).toEqual([text, isFound(pattern, text)]);
      }),
      { numRuns: 3_000 },
    );
  });

  test.each([
    ['^(a+)+$', `${'a'.repeat(5_000)}!`],
    ['^(\\w+\\s?)*$', `${'word '.repeat(1_000)}!`],
    ['\\d+x', '1'.repeat(20_000)],
    ['(?=a*b)(a|aa)+$', 'a'.repeat(10_000)],
    ['(x+x+)+y', 'x'.repeat(10_000)],
  ])('of %s takes a few steps for each character of a hostile text', (source, text) => {
    const budget = { steps: 20 * text.length };
    expect(automatonOf(parsePattern(source) as ParsedPattern)?.matches(text, budget)).toBe(false);
    expect(budget.steps).toBeGreaterThan(0);
  });

  test('keeps no more states than it may, whatever it reads', () => {
    const pattern = parsePattern('[ab]*a[ab]{12}x') as ParsedPattern;
    const random = fc.sample(fc.array(fc.constantFrom('a', 'b'), { minLength: 40_000, maxLength: 40_000 }), {
      numRuns: 1,
      seed: 1,
    });
    expect(matches(pattern, (random[0] as string[]).join(''))).toBe(false);
    expect(matches(pattern, `${'ab'.repeat(30)}a${'b'.repeat(12)}x`)).toBe(true);
  });

  test('of a pattern with large bounds within large bounds is one', () => {
    const hostname = parsePattern(
      '^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.){1,127}[a-z]{2,63}$',
    ) as ParsedPattern;
    expect(matches(hostname, `${'a-label.'.repeat(100)}com`)).toBe(true);
    expect(matches(hostname, `${'a-label.'.repeat(100)}-com`)).toBe(false);
  });

  test('gives up when the steps are used up', () => {
    const budget = { steps: 10 };
    expect(automatonOf(parsePattern('b') as ParsedPattern)?.matches(`${'a'.repeat(100)}b`, budget)).toBe(
      false,
    );
    expect(budget.steps).toBeLessThan(0);
  });

  test('remembers only so many characters that are not ASCII', () => {
    const pattern = parsePattern('^\\p{L}+$') as ParsedPattern;
    const letters = Array.from({ length: 5_000 }, (_, i) => String.fromCodePoint(0x4e00 + i)).join('');
    expect(matches(pattern, letters + letters)).toBe(true);
  });

  test.each([
    ['(a)\\1'],
    ['(?<n>a)\\k<n>'],
    ['(?i:a)'],
    ['a{50000}'],
    ['^$\\b\\B(?=a)(?=b)(?=c)(?=d)(?=e)'],
    [`${'(?:'.repeat(300)}a${')'.repeat(300)}`],
  ])('is none for %s', (source) => {
    expect(automatonOf(parsePattern(source) as ParsedPattern)).toBeNull();
  });
});

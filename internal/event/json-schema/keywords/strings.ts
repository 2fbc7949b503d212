import { formatOfNumbers, formatOfTexts } from '../formats/formats.ts';
import { type Num, type RawNumber, readNum, stepsToCompare } from '../numbers.ts';
import type { Check, Run } from '../run.ts';
import type { Rule, Site } from '../site.ts';
import { NUMBER, STRING } from '../values.ts';
import { patternCheck } from './patterns.ts';

export const STRINGS: readonly Rule[] = [
  { keywords: ['maxLength'], kinds: [STRING], build: maxLength },
  { keywords: ['minLength'], kinds: [STRING], build: minLength },
  { keywords: ['pattern'], kinds: [STRING], build: pattern },
  { keywords: ['format'], kinds: [STRING, NUMBER], build: format },
];

function maxLength(site: Site): Check | null {
  const most = site.count('maxLength');
  if (most === undefined) return null;
  const failure = `must NOT have more than ${most} characters`;
  return (value, run) => {
    const text = value as string;
    // A character is one or two code units.
    if (text.length <= most) return true;
    return (text.length <= most * 2 && characters(text, run) <= most) || run.fail(failure);
  };
}

function minLength(site: Site): Check | null {
  const least = site.count('minLength');
  if (least === undefined) return null;
  const failure = `must NOT have fewer than ${least} characters`;
  return (value, run) => {
    const text = value as string;
    if (text.length >= least * 2) return true;
    return (text.length >= least && characters(text, run) >= least) || run.fail(failure);
  };
}

function characters(text: string, run: Run): number {
  run.steps -= text.length >> 4;
  let count = text.length;
  for (let i = 1; i < text.length; i += 1) {
    const isLow = (text.charCodeAt(i) & 0xfc00) === 0xdc00;
    if (isLow && (text.charCodeAt(i - 1) & 0xfc00) === 0xd800) count -= 1;
  }
  return count;
}

function pattern(site: Site): Check | null {
  const source = site.argument('pattern');
  if (typeof source !== 'string') {
    site.problem('pattern', 'must be a text');
    return null;
  }
  const matches = patternCheck(site, source, 'pattern');
  if (matches === null) return null;
  const failure = `must match pattern ${JSON.stringify(source)}`;
  return (value, run) => matches(value as string, run) || run.fail(failure);
}

function format(site: Site): Check | null {
  const name = site.argument('format');
  if (typeof name !== 'string') {
    site.problem('format', 'must be a text');
    return null;
  }
  if (!site.survey.assertsFormats) return null;
  const failure = `must match format ${JSON.stringify(name)}`;
  const ofTexts = formatOfTexts(name);
  if (ofTexts !== undefined) {
    const { accepts, cost } = ofTexts;
    return (value, run) => {
      if (typeof value !== 'string') return true;
      run.steps -= cost.any + value.length * cost.character;
      return (run.steps >= 0 && accepts(value)) || run.fail(failure);
    };
  }
  const ofNumbers = formatOfNumbers(name);
  if (ofNumbers === undefined) return null;
  return (value, run) => {
    if (typeof value === 'string') return true;
    const num = readNum(value as Num | RawNumber, run);
    if (typeof num !== 'number') run.steps -= 2 * stepsToCompare(num);
    return ofNumbers(num) || run.fail(failure);
  };
}

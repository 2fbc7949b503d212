import { describe, expect, it } from 'vitest';
import { type Options, paceOf, parseOptions } from './options.ts';

function parse(...args: string[]): Options {
  const { options, mistakes } = parseOptions(['node', 'producers', ...args]);
  if (options === undefined || mistakes.length > 0)
    throw new Error(mistakes.map((each) => `- ${each}`).join('\n'));
  return options;
}

describe('parseOptions', () => {
  it('has defaults for everything, and a seed of its own each time', () => {
    const { seed, ...rest } = parse();
    expect(rest).toEqual({
      tenants: ['default'],
      register: false,
      batch: 1,
      format: 'plain',
      concurrency: 16,
    });
    expect(seed).not.toBe(parse().seed);
  });

  it('takes tenants by number and by name', () => {
    expect(parse('--tenants', '3').tenants).toEqual(['tenant-1', 'tenant-2', 'tenant-3']);
    expect(parse('--tenants', 'acme, globex,acme').tenants).toEqual(['acme', 'globex']);
  });

  it('takes the seconds after which events are to be delivered', () => {
    expect(parse('--deliver-after', '90').deliverAfter).toBe(90);
  });

  it('tells all problems at once', () => {
    const all =
      '--count x --rate 0 --bad 2 --duplicates .. --batch 0 --tenants a,,b --format xml --compress br --deliver-after 1h --seed -1'.split(
        ' ',
      );
    const problems = () => parse(...all);
    for (const name of [
      'count',
      'rate',
      'bad',
      'duplicates',
      'batch',
      'tenants',
      'format',
      'compress',
      'deliver-after',
      'seed',
    ]) {
      expect(problems).toThrow(new RegExp(`- --${name} must`));
    }
  });

  it('refuses shares that are more than all events, and more tenants than it holds', () => {
    expect(() => parse('--bad', '0.6', '--duplicates', '0.6')).toThrow('must not exceed 1 together');
    expect(() => parse('--tenants', '999999999999')).toThrow('must be 1 to 10000 tenants');
    expect(() => parse('--tenants', '0')).toThrow('must be 1 to 10000 tenants');
  });
});

describe('paceOf', () => {
  it('ticks without options, and goes by count and rate with them', () => {
    expect(paceOf(parse())).toMatchObject({ ticks: true });
    expect(paceOf(parse('--format', 'cloudevents'))).toMatchObject({ ticks: true });
    expect(paceOf(parse('--count', '7'))).toEqual({ count: 7, rate: undefined, ticks: false });
    expect(paceOf(parse('--rate', '2.5'))).toEqual({ count: undefined, rate: 2.5, ticks: false });
    expect(paceOf(parse('--bad', '0.1'))).toEqual({ count: undefined, rate: 30, ticks: false });
  });
});

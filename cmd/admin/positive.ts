import { InvalidArgumentError } from 'commander';

/** Parses an option's argument: a whole number from 1 to `most`, without leading zeros. */
export function positive(most: number) {
  return (text: string): number => {
    const value = /^[1-9]\d{0,6}$/.test(text) ? Number(text) : Number.POSITIVE_INFINITY;
    if (value > most) throw new InvalidArgumentError(`Expected a whole number from 1 to ${most}.`);
    return value;
  };
}

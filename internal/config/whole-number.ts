import { InvalidArgumentError } from 'commander';

/** Parses an option's argument: a whole number between bounds, both included. */
export function wholeNumberFrom(minimum: number, maximum: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < minimum || value > maximum)
      throw new InvalidArgumentError(`Expected a whole number from ${minimum} to ${maximum}.`);
    return value;
  };
}

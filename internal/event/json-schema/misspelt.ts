/** The name that was probably meant; undefined where none is near. Names of case, signs or a letter or two apart are. */
export function meant(name: string, known: Iterable<string>): string | undefined {
  const letters = lettersOf(name);
  let nearest: string | undefined;
  let least = letters.length > MANY_LETTERS ? 2 : 1;
  for (const candidate of known) {
    const distance = distanceBetween(letters, lettersOf(candidate), least);
    if (distance === 0) return candidate;
    if (distance > least || (distance === least && nearest !== undefined)) continue;
    nearest = candidate;
    least = distance;
  }
  return nearest;
}

/** Two letters apart, short names are other names. */
const MANY_LETTERS = 5;

function lettersOf(name: string): string {
  return name.toLowerCase().replaceAll(/[-_ ]/g, '');
}

/**
 * How many letters have to be put in, left out, changed, or swapped with the next to make one of the other; any number
 * above `most` where it is more.
 */
function distanceBetween(from: string, to: string, most: number): number {
  if (Math.abs(from.length - to.length) > most) return most + 1;
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let i = 1; i <= from.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const isSame = from[i - 1] === to[j - 1];
      const isSwapped = from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      row[j] = Math.min(
        at(last, j) + 1,
        at(row, j - 1) + 1,
        at(last, j - 1) + (isSame ? 0 : 1),
        isSwapped && i > 1 ? at(beforeLast, j - 2) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    beforeLast = last;
    last = row;
  }
  return at(last, to.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] as number;
}

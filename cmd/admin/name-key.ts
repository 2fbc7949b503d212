import { ProgramError } from '#internal/daemon/program.ts';
import { visible } from './output.ts';

/** A key for `--after` of names that a shell takes as it is: percent-encoded, with a slash between tenant and name. */
export function nameKey(...parts: readonly string[]): string {
  return parts
    .map((part) =>
      encodeURIComponent(part).replaceAll(
        /[!'()*~]/g,
        (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
      ),
    )
    .join('/');
}

/** @throws ProgramError when it is not a key of `count` parts */
export function partsOfKey(key: string, count: number): string[] {
  const parts = key.split('/');
  try {
    if (parts.length === count) return parts.map((part) => decodeURIComponent(part));
  } catch {
    // not percent-encoded: said below
  }
  throw new ProgramError(`not a key of this list: ${visible(key)}`, { exitCode: 2 });
}

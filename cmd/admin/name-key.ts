/** Returns a key for `--after` that needs no quoting in a shell: percent-encoded, with a slash between tenant and name. */
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

/** Returns undefined unless the key has `count` parts. */
export function partsOfKey(key: string, count: number): string[] | undefined {
  const parts = key.split('/');
  try {
    return parts.length === count ? parts.map((part) => decodeURIComponent(part)) : undefined;
  } catch {
    return undefined; // not percent-encoded
  }
}

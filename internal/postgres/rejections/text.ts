/** Longer names cannot be registered; as a claim they are cut, because an index entry of over 2.7 kB is an error. */
const MAX_NAME = 256;
const MAX_TEXT = 2_000;

/** The name of a tenant, client or event type, as the sender wrote it; null without one. */
export function claimedName(name: string | undefined): string | null {
  return name === undefined ? null : storable(name, MAX_NAME);
}

export function nameText(name: string): string {
  return storable(name, MAX_NAME);
}

export function describingText(text: string): string {
  return storable(text, MAX_TEXT);
}

/** Text that every text column takes: neither NUL nor half a surrogate pair, cut to `maxLength` UTF-16 units. */
export function storable(text: string, maxLength: number): string {
  return text.slice(0, maxLength).toWellFormed().replaceAll('\u0000', '\uFFFD');
}

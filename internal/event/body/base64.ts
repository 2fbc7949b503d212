/** RFC 4648, 4. Looks for what does not belong: a pattern of the whole would run out of stack on a long text. */
export function isBase64(value: string): boolean {
  const digits = value.length - (value.endsWith('==') ? 2 : value.endsWith('=') ? 1 : 0);
  return value.length % 4 === 0 && !/[^A-Za-z0-9+/]/.test(value.slice(0, digits));
}

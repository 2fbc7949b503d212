import { Unread } from './unread.ts';

/** The steps of a JSON pointer (RFC 6901); null for a text that is none. The empty one, for the whole, has no steps. */
export function parsePointer(pointer: string): readonly string[] | null {
  if (pointer !== '' && !pointer.startsWith('/')) return null;
  if (/~(?![01])/.test(pointer)) return null;
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/**
 * What stands there, which may not be read yet; undefined when the pointer leads nowhere. `value` is exact where what is
 * not read is to be.
 */
export function valueAt(value: unknown, steps: readonly string[]): unknown {
  let at = value;
  for (const step of steps) {
    if (at instanceof Unread) {
      const part = at.part(step);
      at = part instanceof Unread ? part : part?.exact;
      continue;
    }
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, step)) return undefined;
    // An array's `length` is a member to JavaScript, and none to JSON.
    if (Array.isArray(at) && !/^(?:0|[1-9]\d*)$/.test(step)) return undefined;
    at = (at as Readonly<Record<string, unknown>>)[step];
  }
  return at;
}

/** Puts a value there, in objects that are made on the way; where something else stands in the way, it puts nothing. */
export function putAt(root: object, steps: readonly string[], value: unknown): void {
  let at = root as Record<string, unknown>;
  for (const [i, step] of steps.entries()) {
    if (i === steps.length - 1) {
      at[step] ??= value;
      return;
    }
    // Without a prototype `__proto__` is a name like any other.
    at[step] ??= Object.create(null);
    const next = at[step];
    if (typeof next !== 'object' || next === null) return;
    at = next as Record<string, unknown>;
  }
}

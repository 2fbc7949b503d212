import { type AST, RegExpParser } from '@eslint-community/regexpp';

/** A regular expression of a schema. */
export interface ParsedPattern {
  readonly source: string;
  /** Without Unicode only where the expression is none with it, as `^[\w\-\.]+\-$` is not. */
  readonly flags: 'u' | '';
  readonly native: RegExp;
  /** Null for what nests too deep to be looked at. */
  readonly ast: AST.Pattern | null;
}

/** What would silently mean something else without Unicode. */
const NEEDS_UNICODE = /\\[pPu]\{/;

/** Reads a regular expression as ECMA-262 does, with the flag `u` if possible; null for one that is none. */
export function parsePattern(source: string): ParsedPattern | null {
  return parsedWith(source, 'u') ?? (NEEDS_UNICODE.test(source) ? null : parsedWith(source, ''));
}

function parsedWith(source: string, flags: 'u' | ''): ParsedPattern | null {
  try {
    const native = new RegExp(source, flags);
    const ast = isDeep(source)
      ? null
      : new RegExpParser().parsePattern(source, 0, source.length, { unicode: flags === 'u' });
    return { source, flags, native, ast };
  } catch {
    return null;
  }
}

const MAX_DEPTH = 250;

/** Whether groups stand within each other deeper than recursive code should go. */
export function isDeep(source: string): boolean {
  let depth = 0;
  for (const [sign] of source.matchAll(/\\.|[()]/gs)) {
    if (sign === '(') depth += 1;
    else if (sign === ')') depth -= 1;
    if (depth > MAX_DEPTH) return true;
  }
  return false;
}

import { RegExpValidator } from '@eslint-community/regexpp';
import { isDeep } from '../pattern/parse.ts';

/** RFC 9562, 4; `urn:uuid:` may stand before. */
export function isUuid(text: string): boolean {
  return /^(?:urn:uuid:)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}

/** RFC 6901, 3. */
export function isJsonPointer(text: string): boolean {
  return (text === '' || text.startsWith('/')) && !/~(?![01])/.test(text);
}

/** RFC 6901, 6. */
export function isJsonPointerFragment(text: string): boolean {
  if (!text.startsWith('#') || /%(?![0-9a-f]{2})/i.test(text)) return false;
  return isJsonPointer(text.slice(1)) && !/[^\w\-.!$&'()*+,;:=@%~/]/.test(text.slice(1));
}

/** draft-bhutton-relative-json-pointer-00. */
export function isRelativeJsonPointer(text: string): boolean {
  const [prefix = ''] = /^(?:0|[1-9]\d*)/.exec(text) ?? [];
  const rest = text.slice(prefix.length);
  return prefix !== '' && (rest === '#' || isJsonPointer(rest));
}

const REGEX = new RegExpValidator({ ecmaVersion: 2025 });
/** Refuses two groups of one name. Where a later one would allow that, the validator may take exponential time. */
const REGEX_OF_2024 = new RegExpValidator({ ecmaVersion: 2024 });
const GROUP_NAME = /\(\?<([^=!>(][^>(]*)>/g;

/**
 * ECMA-262, with Unicode; nested no deeper than a pattern of a schema may, and without two groups of one name. The engine's
 * own RegExp is not asked: it writes every class out while it reads, which takes seconds for some texts of 100 KB.
 */
export function isRegex(text: string): boolean {
  if (isDeep(text)) return false;
  try {
    const names = Array.from(text.matchAll(GROUP_NAME), ([, name]) => name as string);
    const areDistinct = new Set(names).size === names.length && !names.some((name) => name.includes('\\'));
    const validator = areDistinct ? REGEX : REGEX_OF_2024;
    validator.validatePattern(text, 0, text.length, { unicode: true });
    return true;
  } catch {
    return false;
  }
}

import { isTooDeep, MAX_DEPTH } from './scan.ts';
import { type ParsedJson, parseJson } from './exact.ts';
import { malformation } from './malformed.ts';
import type { Refusal } from '../rejection.ts';

/** What a text was read as. One that nests too deep is valid JSON all the same; it is only not looked into. */
export type Read =
  | (ParsedJson & { readonly kind: 'json'; readonly text: () => string })
  | { readonly kind: 'too_deep'; readonly text: string; readonly value: unknown; readonly refusal: Refusal }
  | { readonly kind: 'malformed'; readonly refusal: Refusal };

/** Reads a text; `what` names it in a refusal. Never throws. */
export function readJson(source: string, what: string): Read {
  const text = source.startsWith('\uFEFF') ? source.slice(1) : source;
  try {
    if (!isTooDeep(text)) {
      const { value, exact } = parseJson(text);
      return { kind: 'json', value, exact, text: () => text };
    }
    // JSON.parse alone keeps no stack of calls, so depth does not hurt it.
    const refusal = {
      reason: 'unstorable',
      detail: `${what} nests deeper than ${MAX_DEPTH} levels`,
    } as const;
    return { kind: 'too_deep', text, value: JSON.parse(text), refusal };
  } catch {
    return {
      kind: 'malformed',
      refusal: { reason: 'malformed_json', detail: `${what} is not JSON: ${malformation(text)}` },
    };
  }
}

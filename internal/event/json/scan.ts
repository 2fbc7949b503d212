/** Deeper nesting is refused: recursive code, ours and others', would overflow its stack on what a few kB can hold. */
export const MAX_DEPTH = 512;

/** What is refused of one event, because reading it would hold up the event loop: see `survey`. */
export const MAX_VALUES = 250_000;
export const MAX_MEMBERS = 75_000;

/** Whether the text nests deeper than MAX_DEPTH. Reads characters; needs no valid JSON and no stack. */
export function isTooDeep(text: string): boolean {
  if (text.length <= MAX_DEPTH) return false; // every level takes a bracket
  let depth = 0;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) {
      i = endOfString(text, i);
    } else if (code === OPEN_ARRAY || code === OPEN_OBJECT) {
      depth += 1;
      if (depth > MAX_DEPTH) return true;
    } else if (code === CLOSE_ARRAY || code === CLOSE_OBJECT) {
      depth -= 1;
    }
  }
  return false;
}

/** What reading a text would cost, as far as its length does not tell. */
export interface Survey {
  readonly isTooDeep: boolean;
  /** Values: commas and opening brackets, which are as many or a few more. */
  readonly values: number;
  /** Members of objects: colons. */
  readonly members: number;
}

/** Counts until one of the limits is exceeded. Reads characters; needs no valid JSON and no stack. */
export function survey(text: string): Survey {
  let depth = 0;
  let values = 0;
  let members = 0;
  let i = 0;
  for (; i < text.length && depth <= MAX_DEPTH && values <= MAX_VALUES && members <= MAX_MEMBERS; i += 1) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) {
      i = endOfString(text, i);
    } else if (code === COMMA) {
      values += 1;
    } else if (code === COLON) {
      members += 1;
    } else if (code === OPEN_ARRAY || code === OPEN_OBJECT) {
      depth += 1;
      values += 1;
    } else if (code === CLOSE_ARRAY || code === CLOSE_OBJECT) {
      depth -= 1;
    }
  }
  return { isTooDeep: depth > MAX_DEPTH, values, members };
}

/** The source texts of an array's elements, without space around them. `text` must be JSON of one, however deep; needs no stack. */
export function elementTexts(text: string): string[] {
  const { start, ends } = cut(text, Number.POSITIVE_INFINITY) as Cut;
  return ends.map((end, i) => trimmed(text.slice(i === 0 ? start : (ends[i - 1] as number) + 1, end)));
}

/**
 * The same by position, cut when the first of them is asked for: few are. Until then the text of the array is held. What was
 * parsed of it takes far more, and is not held: that is why these closures do not stand where it is in scope.
 */
export function textsOfElements(arrayText: () => string): (index: number) => () => string {
  let texts: string[] | undefined;
  return (index) => () => {
    texts ??= elementTexts(arrayText());
    return texts[index] as string;
  };
}

/** Where the elements of an array or the members of an object stand: from `start`, or behind the end before, to each end. */
export interface Cut {
  readonly start: number;
  /** Of the first elements, no more than were asked for. */
  readonly ends: readonly number[];
  /** Of all elements; 1 where there are none. */
  readonly count: number;
  /** Behind the closing bracket. */
  readonly end: number;
}

/**
 * Cuts a text that begins with a bracket, but for space, however deep; null where the bracket is never closed. Reads
 * characters; needs no valid JSON and no stack.
 */
export function cut(text: string, most: number): Cut | null {
  const ends: number[] = [];
  let count = 1;
  let depth = 0;
  let start = 0;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) {
      i = endOfString(text, i);
    } else if (code === OPEN_ARRAY || code === OPEN_OBJECT) {
      depth += 1;
      if (depth === 1) start = i + 1;
    } else if (code === CLOSE_ARRAY || code === CLOSE_OBJECT) {
      depth -= 1;
      if (depth > 0) continue;
      if (ends.length < most) ends.push(i);
      return { start, ends, count, end: i + 1 };
    } else if (code === COMMA && depth === 1) {
      if (ends.length < most) ends.push(i);
      count += 1;
    }
  }
  return null;
}

/** Position of the quote that ends the string which begins at `start`, or the end of the text. */
export function endOfString(text: string, start: number): number {
  const quote = text.indexOf('"', start + 1);
  if (quote === -1) return text.length;
  return text.charCodeAt(quote - 1) === BACKSLASH ? endOfEscaped(text, start) : quote;
}

/** The same, one character after the other: searching for each of many escaped quotes takes longer. */
function endOfEscaped(text: string, start: number): number {
  let i = start + 1;
  for (; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) return i;
    if (code === BACKSLASH) i += 1;
  }
  return text.length;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** The text without JSON's white space around it; JavaScript's `trim` takes more for white space. */
export function trimmed(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(text.charCodeAt(start))) start += 1;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

/** Deeper nesting is refused: recursive code, ours and others', would overflow its stack on what a few kB can hold. */
export const MAX_DEPTH = 512;

/** Whether the text nests deeper than MAX_DEPTH. Reads characters; needs no valid JSON and no stack. */
export function isTooDeep(text: string): boolean {
  if (text.length <= MAX_DEPTH) return false; // every level takes a bracket
  let depth = 0;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code === 0x22) {
      i = endOfString(text, i);
    } else if (code === 0x5b || code === 0x7b) {
      depth += 1;
      if (depth > MAX_DEPTH) return true;
    } else if (code === 0x5d || code === 0x7d) {
      depth -= 1;
    }
  }
  return false;
}

/** The source text of an object's member; of two with that name the last, as JSON.parse. `text` must be JSON of such an object, however deep. */
export function memberText(text: string, name: string): string {
  const members = elementTexts(text).map((member) => {
    const nameEnd = endOfString(member, 0) + 1;
    return [JSON.parse(member.slice(0, nameEnd)) as string, member.slice(nameEnd)] as const;
  });
  const [, rest = ''] = members.findLast(([found]) => found === name) ?? [];
  return rest.trimStart().slice(1).trimStart();
}

/** The source texts of an array's elements, or an object's members, without space around them. `text` must be JSON of one, however deep; needs no stack. */
export function elementTexts(text: string): string[] {
  const elements: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code === 0x22) {
      i = endOfString(text, i);
    } else if (code === 0x5b || code === 0x7b) {
      depth += 1;
      if (depth === 1) start = i + 1;
    } else if (code === 0x5d || code === 0x7d) {
      depth -= 1;
      if (depth === 0) elements.push(text.slice(start, i).trim());
    } else if (code === 0x2c && depth === 1) {
      elements.push(text.slice(start, i).trim());
      start = i + 1;
    }
  }
  return elements;
}

/** Position of the quote that ends the string which begins at `start`, or the end of the text. */
export function endOfString(text: string, start: number): number {
  let end = start;
  for (;;) {
    end = text.indexOf('"', end + 1);
    if (end === -1) return text.length;
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === 0x5c) backslashes += 1;
    if (backslashes % 2 === 0) return end;
  }
}

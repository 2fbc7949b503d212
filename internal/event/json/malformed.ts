import { storableText } from '../storable.ts';

/** An unexpected token is searched for in so much of a text: the search reads it up to seventeen times. */
const MAX_SEARCHED = 65_536;

/** Why a text is no JSON, and where: V8's words without the piece of the text that some of them quote. */
export function malformation(text: string): string {
  if (text.trim() === '') return 'it is empty';
  const message = syntaxError(text);
  if (!quotesText(message)) return storableText(message.replace(/ in JSON(?= at |$)/, ''), 200);
  const at = firstUnexpected(text);
  if (at === null) return `Unexpected token beyond position ${MAX_SEARCHED}`;
  const before = text.slice(0, at);
  const line = before.split('\n').length;
  const column = at - before.lastIndexOf('\n');
  const token = storableText(String.fromCodePoint(text.codePointAt(at) as number), 2);
  return `Unexpected token '${token}' at position ${at} (line ${line} column ${column})`;
}

/** The messages for an unexpected token quote the text and name no position; the others do the opposite. */
function quotesText(message: string): boolean {
  return message.endsWith(' is not valid JSON');
}

/**
 * Where the first unexpected token begins; null when that is beyond what is searched. A beginning of the text has the
 * same error when it holds that token; otherwise it has none, or another one, for ending too early.
 */
function firstUnexpected(text: string): number | null {
  const holdsIt = (length: number) => quotesText(syntaxError(text.slice(0, length)));
  let without = 0;
  let within = Math.min(text.length, MAX_SEARCHED);
  if (!holdsIt(within)) return null;
  while (within - without > 1) {
    const middle = (without + within) >>> 1;
    if (holdsIt(middle)) within = middle;
    else without = middle;
  }
  return without;
}

/** Empty when there is none. */
function syntaxError(text: string): string {
  try {
    JSON.parse(text);
    return '';
  } catch (error) {
    return (error as SyntaxError).message;
  }
}

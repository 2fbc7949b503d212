import { fromPunycode, toPunycode } from './punycode.ts';

/** RFC 5892, 2.6: code points whose derived property is given by hand. */
const VALID_BY_HAND = /[\u00DF\u03C2\u06FD\u06FE\u0F0B\u3007]/u;
// oxlint-disable-next-line no-misleading-character-class -- each code point is meant alone
const DISALLOWED_BY_HAND = /[\u0640\u07FA\u302E\u302F\u3031-\u3035\u303B]/u;
/** RFC 5892, appendix A: valid only in a context. */
// oxlint-disable-next-line no-misleading-character-class -- each code point is meant alone
const IN_CONTEXT = /[\u00B7\u0375\u05F3\u05F4\u0660-\u0669\u06F0-\u06F9\u200C\u200D\u30FB]/u;
/** 2.1, LetterDigits, and 2.9, OldHangulJamo, 2.4 and 2.5, what is ignored. */
const LETTER_OR_DIGIT = /[\p{Ll}\p{Lo}\p{Lm}\p{Mn}\p{Mc}\p{Nd}\p{Lu}]/u;
const NEVER_VALID =
  // oxlint-disable-next-line no-misleading-character-class -- each code point is meant alone
  /[\p{Default_Ignorable_Code_Point}\p{White_Space}\p{Noncharacter_Code_Point}\u1100-\u11FF\uA960-\uA97F\uD7B0-\uD7FF\u20D0-\u20FF\u{1D100}-\u{1D1FF}\u{1D200}-\u{1D24F}]/u;

const ASCII_LABEL = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/i;
const MAX_LABEL = 63;
/** In Punycode, where each code point takes one character at least, without the `xn--`. */
const MAX_ULABEL = MAX_LABEL - 'xn--'.length;

/** Whether a label of a host name is one of LDH, an A-label or a U-label (RFC 5890, 2.3; RFC 5891, 4.2 and 5.4). */
export function isInternationalLabel(label: string): boolean {
  if (/^[\0-\x7F]*$/.test(label)) {
    if (label.length > MAX_LABEL || !ASCII_LABEL.test(label)) return false;
    return !/^..--/.test(label) || (/^xn--/i.test(label) && isALabel(label));
  }
  return isULabel(label) && toPunycode(label).length <= MAX_ULABEL;
}

/** `xn--` and what decodes to a U-label. */
function isALabel(label: string): boolean {
  const punycode = label.slice(4).toLowerCase();
  const decoded = fromPunycode(punycode);
  return decoded !== null && isULabel(decoded) && toPunycode(decoded) === punycode;
}

function isULabel(label: string): boolean {
  const points = Array.from(label);
  if (points.length > MAX_ULABEL) return false;
  if (label !== label.normalize('NFC') || /^..--|^-|-$/.test(label) || /^\p{M}/u.test(label)) return false;
  return points.every(
    (point, i) => isValid(point) || (IN_CONTEXT.test(point) && fits(point, i, points, label)),
  );
}

/** RFC 5892, 3. */
function isValid(point: string): boolean {
  if (VALID_BY_HAND.test(point)) return true;
  if (DISALLOWED_BY_HAND.test(point) || IN_CONTEXT.test(point)) return false;
  if (/^[a-z0-9-]$/.test(point)) return true;
  return !isUnstable(point) && !NEVER_VALID.test(point) && LETTER_OR_DIGIT.test(point);
}

/** RFC 5892, 2.2: what case folding and compatibility mapping would change. */
function isUnstable(point: string): boolean {
  return point.normalize('NFKC').toLowerCase().normalize('NFKC') !== point;
}

/** RFC 5892, appendix A. */
function fits(point: string, at: number, points: readonly string[], label: string): boolean {
  const before = points[at - 1] ?? '';
  const after = points[at + 1] ?? '';
  switch (point) {
    case '\u00B7':
      return before === 'l' && after === 'l';
    case '\u0375':
      return /\p{Script=Greek}/u.test(after);
    case '\u05F3':
    case '\u05F4':
      return /\p{Script=Hebrew}/u.test(before);
    case '\u30FB':
      return /[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]/u.test(label);
    case '\u200C':
    case '\u200D':
      return VIRAMA.test(before) || (point === '\u200C' && joins(at, points));
    default:
      return !(/[\u0660-\u0669]/.test(point) ? /[\u06F0-\u06F9]/ : /[\u0660-\u0669]/).test(label);
  }
}

/** The viramas of the scripts of India and their neighbours: combining class 9. */
const VIRAMA =
  /[\u094D\u09CD\u0A4D\u0ACD\u0B4D\u0BCD\u0C4D\u0CCD\u0D3B\u0D3C\u0D4D\u0DCA\u0E3A\u0EBA\u0F84\u1039\u103A\u1714\u1734\u17D2\u1A60\u1B44\u1BAA\u1BAB\u1BF2\u1BF3\u2D7F\uA806\uA8C4\uA953\uA9C0\uAAF6\uABED\u{10A3F}\u{11046}\u{1107F}\u{110B9}\u{11133}\u{11134}\u{111C0}\u{11235}\u{112EA}\u{1134D}]/u;

/** Between letters that join, as Arabic ones do; the joining types are not in JavaScript, so any of their scripts counts. */
function joins(at: number, points: readonly string[]): boolean {
  const letters =
    /[\p{Script=Arabic}\p{Script=Syriac}\p{Script=Mongolian}\p{Script=Nko}\p{Script=Phags_Pa}\p{Script=Mandaic}]/u;
  return letters.test(points[at - 1] ?? '') && letters.test(points[at + 1] ?? '');
}

// RFC 3492, 5: the parameters of Punycode.
const BASE = 36;
const T_MIN = 1;
const T_MAX = 26;
const SKEW = 38;
const DAMP = 700;
const INITIAL_BIAS = 72;
const INITIAL_POINT = 128;
const MAX_POINT = 0x10ffff;

const DIGITS = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** RFC 3492, 6.1. */
function adapted(delta: number, count: number, isFirst: boolean): number {
  let rest = Math.floor(isFirst ? delta / DAMP : delta / 2);
  rest += Math.floor(rest / count);
  let bias = 0;
  for (; rest > ((BASE - T_MIN) * T_MAX) / 2; bias += BASE) rest = Math.floor(rest / (BASE - T_MIN));
  return bias + Math.floor(((BASE - T_MIN + 1) * rest) / (rest + SKEW));
}

function threshold(position: number, bias: number): number {
  return Math.max(T_MIN, Math.min(T_MAX, position - bias));
}

/** RFC 3492, 6.2: the text that a label in lower case stands for, without its `xn--`; null where it stands for none. */
export function fromPunycode(encoded: string): string | null {
  const hyphen = encoded.lastIndexOf('-');
  const points = encoded.slice(0, Math.max(0, hyphen)).split('');
  let point = INITIAL_POINT;
  let index = 0;
  let bias = INITIAL_BIAS;
  for (let at = hyphen + 1; at < encoded.length; ) {
    const before = index;
    let weight = 1;
    for (let position = BASE; ; position += BASE) {
      const digit = DIGITS.indexOf(encoded.charAt(at));
      if (digit === -1 || at >= encoded.length) return null;
      at += 1;
      index += digit * weight;
      const limit = threshold(position, bias);
      if (digit < limit) break;
      weight *= BASE - limit;
    }
    const count = points.length + 1;
    bias = adapted(index - before, count, before === 0);
    point += Math.floor(index / count);
    index %= count;
    if (point > MAX_POINT) return null;
    points.splice(index, 0, String.fromCodePoint(point));
    index += 1;
  }
  return points.join('');
}

/** RFC 3492, 6.3. */
export function toPunycode(text: string): string {
  const points = Array.from(text, (character) => character.codePointAt(0) as number);
  const basic = points.filter((point) => point < INITIAL_POINT);
  let encoded = basic.length === 0 ? '' : `${String.fromCodePoint(...basic)}-`;
  let point = INITIAL_POINT;
  let delta = 0;
  let bias = INITIAL_BIAS;
  for (let handled = basic.length; handled < points.length; delta += 1, point += 1) {
    const next = Math.min(...points.filter((other) => other >= point));
    delta += (next - point) * (handled + 1);
    point = next;
    for (const other of points) {
      if (other < point) delta += 1;
      if (other !== point) continue;
      encoded += variableLength(delta, bias);
      bias = adapted(delta, handled + 1, handled === basic.length);
      delta = 0;
      handled += 1;
    }
  }
  return encoded;
}

function variableLength(delta: number, bias: number): string {
  let digits = '';
  let rest = delta;
  for (let position = BASE; ; position += BASE) {
    const limit = threshold(position, bias);
    if (rest < limit) return digits + DIGITS.charAt(rest);
    digits += DIGITS.charAt(limit + ((rest - limit) % (BASE - limit)));
    rest = Math.floor((rest - limit) / (BASE - limit));
  }
}

import { isIpv4, isIpv6 } from './hosts.ts';

// Texts are looked through for what does not belong: a pattern of the whole would run out of stack on a long one.

/** RFC 3986, appendix B. */
const PARTS = /^(?:([^:/?#]+):)?(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s;
const SCHEME = /^[a-z][a-z0-9+.-]*$/i;
const BAD_PERCENT = /%(?![0-9a-f]{2})/i;

/** RFC 3987, 2.2: what an IRI has beside a URI; `PRIVATE` in queries only. */
const UCS =
  '\\u{A0}-\\u{D7FF}\\u{F900}-\\u{FDCF}\\u{FDF0}-\\u{FFEF}\\u{10000}-\\u{1FFFD}\\u{20000}-\\u{2FFFD}\\u{30000}-\\u{3FFFD}\\u{40000}-\\u{4FFFD}\\u{50000}-\\u{5FFFD}\\u{60000}-\\u{6FFFD}\\u{70000}-\\u{7FFFD}\\u{80000}-\\u{8FFFD}\\u{90000}-\\u{9FFFD}\\u{A0000}-\\u{AFFFD}\\u{B0000}-\\u{BFFFD}\\u{C0000}-\\u{CFFFD}\\u{D0000}-\\u{DFFFD}\\u{E1000}-\\u{EFFFD}';
const PRIVATE = '\\u{E000}-\\u{F8FF}\\u{F0000}-\\u{FFFFD}\\u{100000}-\\u{10FFFD}';

const USER = "%A-Za-z0-9\\-._~!$&'()*+,;=:";
const HOST = "%A-Za-z0-9\\-._~!$&'()*+,;=";
const PATH = `${USER}@/`;
const QUERY = `${PATH}?`;

/** What a component must not hold. */
interface Alphabet {
  readonly user: RegExp;
  readonly host: RegExp;
  readonly path: RegExp;
  readonly query: RegExp;
  readonly fragment: RegExp;
}

function alphabet(more: string, inQueries: string): Alphabet {
  const others = (characters: string) => new RegExp(`[^${characters}]`, 'u');
  return {
    user: others(USER + more),
    host: others(HOST + more),
    path: others(PATH + more),
    query: others(QUERY + more + inQueries),
    fragment: others(QUERY + more),
  };
}

const ASCII = alphabet('', '');
const INTERNATIONAL = alphabet(UCS, PRIVATE);

/** RFC 3986: with a scheme. */
export function isUri(text: string): boolean {
  return matches(text, ASCII, true);
}

export function isUriReference(text: string): boolean {
  return matches(text, ASCII, false);
}

/** RFC 3987. */
export function isIri(text: string): boolean {
  return matches(text, INTERNATIONAL, true);
}

export function isIriReference(text: string): boolean {
  return matches(text, INTERNATIONAL, false);
}

function matches(text: string, allowed: Alphabet, isAbsolute: boolean): boolean {
  const [, scheme, authority, path = '', query = '', fragment = ''] = PARTS.exec(text) as RegExpExecArray;
  if (scheme === undefined ? isAbsolute || /^[^/]*:/.test(path) : !SCHEME.test(scheme)) return false;
  if (authority !== undefined && !isAuthority(authority, allowed)) return false;
  if (BAD_PERCENT.test(text)) return false;
  return !allowed.path.test(path) && !allowed.query.test(query) && !allowed.fragment.test(fragment);
}

/** Matches any text. */
const HOST_AND_PORT = /^(?:\[([^\]]*)\]|([^:]*))(?::(.*))?$/s;

function isAuthority(authority: string, allowed: Alphabet): boolean {
  const at = authority.indexOf('@');
  if (at !== -1 && allowed.user.test(authority.slice(0, at))) return false;
  const hostAndPort = authority.slice(at + 1);
  const [, literal, name = '', port = ''] = HOST_AND_PORT.exec(hostAndPort) as RegExpExecArray;
  if (/\D/.test(port)) return false;
  if (literal !== undefined)
    return isIpv6(literal) || /^v[0-9a-f]+\.[a-z0-9\-._~!$&'()*+,;=:]+$/i.test(literal);
  return hostAndPort.startsWith(name) && !hostAndPort.startsWith('[') && !allowed.host.test(name);
}

/** The web addresses that ajv-formats means by `url`: a public host, no white space. */
export function isUrl(text: string): boolean {
  const [, authority = ''] = /^(?:https?|ftp):\/\/([^/?#\s]*)(?:[/?#]\S*)?$/i.exec(text) ?? [];
  const hostAndPort = authority.slice(authority.lastIndexOf('@') + 1);
  const [, host = '', port = '00'] = /^([^:]+)(?::(\d*))?$/.exec(hostAndPort) ?? [];
  if (port.length < 2 || port.length > 5 || host.length > 253) return false;
  return /^[\d.]+$/.test(host) ? isIpv4(host) && !PRIVATE_HOST.test(host) : isDomain(host);
}

const PRIVATE_HOST =
  /^(?:0|10|127|22[4-9]|2[3-5]\d)\.|^169\.254\.|^192\.168\.|^172\.(?:1[6-9]|2\d|3[01])\.|\.(?:0|255)$/;

function isDomain(host: string): boolean {
  const labels = host.split('.');
  const last = labels.at(-1) as string;
  const isLabel = (label: string) =>
    /^[a-z0-9\u00A1-\uFFFF](?:[a-z0-9\u00A1-\uFFFF-]*[a-z0-9\u00A1-\uFFFF])?$/i.test(label);
  return labels.length > 1 && labels.every(isLabel) && /^[a-z\u00A1-\uFFFF]{2,}$/i.test(last);
}

const LITERAL = /[\0-\x20"'<>\\^`{|}\x7F]/;
const EXPRESSION = /^[+#./;?&=,!@|]?[^,]+(?:,[^,]+)*$/;
const VARIABLE =
  /^(?:[A-Za-z0-9_]|%[0-9A-Fa-f]{2})(?:\.?(?:[A-Za-z0-9_]|%[0-9A-Fa-f]{2}))*(?::[1-9]\d{0,3}|\*)?$/;
const MAX_EXPRESSION = 4_096;

/** RFC 6570. */
export function isUriTemplate(text: string): boolean {
  for (let at = 0; at < text.length; ) {
    const open = text.indexOf('{', at);
    const literal = text.slice(at, open === -1 ? text.length : open);
    if (LITERAL.test(literal) || BAD_PERCENT.test(literal)) return false;
    if (open === -1) return true;
    const close = text.indexOf('}', open);
    if (close === -1 || !isExpression(text.slice(open + 1, close))) return false;
    at = close + 1;
  }
  return true;
}

function isExpression(text: string): boolean {
  if (text.length > MAX_EXPRESSION || !EXPRESSION.test(text)) return false;
  return text
    .replace(/^[+#./;?&=,!@|]/, '')
    .split(',')
    .every((variable) => VARIABLE.test(variable));
}

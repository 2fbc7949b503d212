/** RFC 9110, section 5.6.2. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** RFC 9110, section 5.5, without obs-text: visible ASCII, with spaces and tabs between. */
const FIELD_VALUE = /^[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?$/;
const MAX_NAME_LENGTH = 256;
/** Common servers refuse all headers together from 8 kB on. */
const MAX_VALUE_LENGTH = 4_096;

/** The connection's own headers: a value of somebody else's choice would break the request or smuggle in a second one. */
const OF_THE_CONNECTION = new Set([
  'host',
  'transfer-encoding',
  'connection',
  'te',
  'upgrade',
  'http2-settings',
  'expect',
  'keep-alive',
  'trailer',
]);

/**
 * Returns what is wrong with a header that is to be sent with every request to an endpoint and what to do, in a sentence;
 * undefined if nothing. The sentence does not contain the value.
 */
export function checkHeader(name: string, value: string): string | undefined {
  return problemOfName(name) ?? problemOfValue(name, value);
}

function problemOfName(name: string): string | undefined {
  if (name === '') return 'the header has no name; write it as name: value';
  if (name.length > MAX_NAME_LENGTH)
    return `the name of a header has ${name.length} characters; use at most ${MAX_NAME_LENGTH}`;
  if (!TOKEN.test(name))
    return 'the name of a header may contain letters, digits and hyphens only; remove other characters';
  const lower = name.toLowerCase();
  // Objects keep this name for themselves: the header would get lost.
  if (lower === '__proto__') return 'the name __proto__ cannot be sent; use another one';
  if (lower.startsWith('webhook-') || lower.startsWith('ce-') || lower === 'user-agent')
    return `${lower} is set by the sender for every message; use another name`;
  if (lower.startsWith('content-') || lower === 'accept-encoding')
    return `${lower} describes bodies and is set by the sender; leave it out`;
  if (lower.startsWith('proxy-') || OF_THE_CONNECTION.has(lower))
    return `${lower} belongs to the connection and is set by the sender; leave it out`;
  return undefined;
}

function problemOfValue(name: string, value: string): string | undefined {
  if (value === '') return `${name} has no value; give it one, or leave it out`;
  if (value.length > MAX_VALUE_LENGTH)
    return `the value of header ${name} has ${value.length} characters; use at most ${MAX_VALUE_LENGTH}`;
  if (/[\r\n]/.test(value)) return `the value of header ${name} contains a line break; write it in one line`;
  if (/^[\t ]|[\t ]$/.test(value))
    return `the value of header ${name} begins or ends with a space, which is not sent; remove it`;
  if (!FIELD_VALUE.test(value))
    return `the value of header ${name} contains a character that is not printable ASCII; encode it`;
  return undefined;
}

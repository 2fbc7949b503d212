import { isInternationalLabel } from './idna.ts';

const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;
const MAX_HOSTNAME = 253;

/** RFC 1123, 2.1. The dot of the root may stand at the end. */
export function isHostname(text: string): boolean {
  const name = text.endsWith('.') ? text.slice(0, -1) : text;
  return name.length <= MAX_HOSTNAME && name.split('.').every((label) => LABEL.test(label));
}

/** RFC 5890: labels in any script, between any of the four dots of IDNA. */
export function isInternationalHostname(text: string): boolean {
  if (text.length > MAX_HOSTNAME) return false;
  return text.split(/[.\u3002\uFF0E\uFF61]/).every(isInternationalLabel);
}

const OCTET = /^(?:0|[1-9]\d{0,2})$/;

/** RFC 2673, 3.2: four numbers without leading zeros. */
export function isIpv4(text: string): boolean {
  const octets = text.length > 15 ? [] : text.split('.');
  return octets.length === 4 && octets.every((octet) => OCTET.test(octet) && Number(octet) <= 255);
}

const GROUP = /^[0-9a-f]{1,4}$/i;
const MAX_IPV6 = 45;

/** RFC 4291, 2.2: eight groups, of which `::` stands for one or more, and the last two may be an IPv4 address. */
export function isIpv6(text: string): boolean {
  if (text.length > MAX_IPV6) return false;
  const halves = text.split('::');
  const groups = halves.map((half) => (half === '' ? [] : half.split(':')));
  const all = groups.flat();
  const last = all.at(-1) ?? '';
  const endsInIpv4 = isIpv4(last) && text.endsWith(last);
  if (endsInIpv4) all.splice(-1, 1, '0', '0');
  if (!all.every((group) => GROUP.test(group))) return false;
  return halves.length === 1 ? all.length === 8 : halves.length === 2 && all.length <= 7;
}

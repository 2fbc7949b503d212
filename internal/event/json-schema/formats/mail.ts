import { isHostname, isInternationalHostname, isIpv4, isIpv6 } from './hosts.ts';

/** RFC 5321, 4.1.2: what an atom of a local part must not hold; RFC 6531 lets it hold what is not ASCII. */
const NOT_IN_ATOM = /[^a-z0-9!#$%&'*+/=?^_`{|}~.-]/i;
const NOT_IN_INTERNATIONAL_ATOM = /[\0-\x20"(),:;<>@[\\\]\x7F]/;

/** Most addresses; of this length, no part of one is too long. */
const ORDINARY = /^[a-z0-9]+(?:[._+-][a-z0-9]+)*@[a-z0-9]+(?:[.-][a-z0-9]+)*$/i;
const ORDINARY_LENGTH = 64;

/** RFC 5321, Mailbox. */
export function isEmail(text: string): boolean {
  if (text.length <= ORDINARY_LENGTH && ORDINARY.test(text)) return true;
  return isMailbox(text, NOT_IN_ATOM, isHostname) && /^[\0-\x7F]*$/.test(text);
}

/** RFC 6531, Mailbox. */
export function isInternationalEmail(text: string): boolean {
  return isMailbox(text, NOT_IN_INTERNATIONAL_ATOM, isInternationalHostname);
}

function isMailbox(text: string, notInAtom: RegExp, isDomain: (text: string) => boolean): boolean {
  const at = text.lastIndexOf('@');
  const local = text.slice(0, Math.max(0, at));
  const domain = text.slice(at + 1);
  return isLocalPart(local, notInAtom) && (isAddressLiteral(domain) || isDomain(domain));
}

function isLocalPart(local: string, notInAtom: RegExp): boolean {
  if (local.startsWith('"')) return local.length > 1 && local.endsWith('"') && isQuoted(local.slice(1, -1));
  return local !== '' && !notInAtom.test(local) && !/^\.|\.\.|\.$/.test(local);
}

/** A backslash stands before a quote or another backslash, and may before any other character. */
function isQuoted(content: string): boolean {
  return !/["\\\p{Cc}]/u.test(content.replaceAll(/\\[ -~]/g, ''));
}

function isAddressLiteral(domain: string): boolean {
  if (!domain.startsWith('[') || !domain.endsWith(']')) return false;
  const address = domain.slice(1, -1);
  return /^IPv6:/i.test(address) ? isIpv6(address.slice(5)) : isIpv4(address);
}

import { isIP } from 'node:net';
import { AddressGuard } from './address-guard.ts';

/** What the operator allows beyond https to public addresses. */
export interface EndpointRules {
  readonly allowHttp: boolean;
  /** Ranges of addresses, such as 10.0.0.0/8. */
  readonly allowCidrs: readonly string[];
}

const MAX_URL_LENGTH = 2_048;
/** Characters of a text that a message repeats. */
const MAX_REPEATED = 100;
/** Below it listen services that mistake an HTTP request for commands of theirs: SMTP, Telnet, FTP. */
const FIRST_FREE_PORT = 1_024;

/**
 * Returns what is wrong with the URL of an endpoint and what to do, in a sentence; undefined if nothing. It asks no DNS: the
 * addresses of a name are checked whenever it is dialled.
 */
export function checkUrl(text: string, rules: EndpointRules): string | undefined {
  const wrong = problemOf(text, rules);
  if (wrong !== undefined) return wrong;
  const host = hostOf(new URL(text));
  const guard = new AddressGuard(rules.allowCidrs);
  if (isIP(host) !== 0)
    return guard.refuses(host)
      ? `${host} is not an address of the public internet; use a public host, or let the operator allow it in SENDER_ALLOW_CIDRS`
      : undefined;
  if (isLocalhost(host))
    return LOOPBACK.every((address) => guard.refuses(address))
      ? `${host} is this machine; use a public host, or let the operator allow 127.0.0.0/8 in SENDER_ALLOW_CIDRS`
      : undefined;
  if (!host.replace(/\.$/, '').includes('.') && rules.allowCidrs.length === 0)
    return `${host} is not a complete host name; write it with its domain, such as ${host}.example.com`;
  return undefined;
}

/** The same without looking at the host; made for each URL before it is sent to. */
export function problemOf(text: string, { allowHttp }: Pick<EndpointRules, 'allowHttp'>): string | undefined {
  if (text.length > MAX_URL_LENGTH)
    return `the URL has ${text.length} characters; use at most ${MAX_URL_LENGTH}`;
  if (/[\s\p{Cc}\\]/u.test(text))
    return 'the URL contains a space, a backslash or a control character; remove or encode it';
  if (!URL.canParse(text))
    return `${JSON.stringify(shortened(text))} is no URL; write it as https://example.com/webhooks`;
  const url = new URL(text);
  if (url.protocol === 'http:' && !allowHttp)
    return 'the URL begins with http, which anyone on the way can read and change; use https, or let the operator set SENDER_ALLOW_HTTP=true';
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    return `the URL begins with ${url.protocol}; use https`;
  if (url.username !== '' || url.password !== '')
    return 'the URL contains a user name or password; send them in an authorization header';
  if (text.includes('#')) return 'the URL has a fragment (#…), which is never sent; remove it';
  const port = url.port === '' ? undefined : Number(url.port);
  if (port !== undefined && port !== 443 && port !== 80 && port < FIRST_FREE_PORT)
    return `port ${port} is not for webhooks; use 443, 80, or one from ${FIRST_FREE_PORT} on`;
  return undefined;
}

function shortened(text: string): string {
  return text.length > MAX_REPEATED ? `${text.slice(0, MAX_REPEATED)}…` : text;
}

/** The host of a URL, an IPv6 address without its brackets. */
function hostOf(url: URL): string {
  return url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname;
}

/** The addresses of localhost. */
export const LOOPBACK = ['127.0.0.1', '::1'] as const;

/** Whether a name is the machine itself: RFC 6761, section 6.3. */
export function isLocalhost(host: string): boolean {
  return /(?:^|\.)localhost\.?$/.test(host);
}

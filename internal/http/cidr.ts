import { BlockList, isIP } from 'node:net';

/** A range of addresses; a single address has the full prefix. */
interface Cidr {
  readonly address: string;
  readonly prefix: number;
  readonly family: 'ipv4' | 'ipv6';
}

/** Reads `10.0.0.0/8`, `fd00::/8` or a single address; undefined for anything else. */
export function cidrOf(text: string): Cidr | undefined {
  const [, address = '', digits] = /^([0-9a-fA-F.:]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const version = isIP(address);
  if (version === 0) return undefined;
  const full = version === 4 ? 32 : 128;
  const prefix = digits === undefined ? full : Number(digits);
  return prefix > full ? undefined : { address, prefix, family: version === 4 ? 'ipv4' : 'ipv6' };
}

/** Whether a range is one address. */
export function isSingle({ prefix, family }: Cidr): boolean {
  return prefix === (family === 'ipv4' ? 32 : 128);
}

/** @throws Error naming a text that is no range */
export function rangesOf(texts: readonly string[]): BlockList {
  const ranges = new BlockList();
  for (const text of texts) {
    const cidr = cidrOf(text);
    if (cidr === undefined) throw new Error(`${text} is no range of addresses`);
    ranges.addSubnet(cidr.address, cidr.prefix, cidr.family);
  }
  return ranges;
}

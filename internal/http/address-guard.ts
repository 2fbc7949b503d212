import { isIP } from 'node:net';
import { cidrOf, isSingle, rangesOf } from './cidr.ts';

/**
 * IPv4 that is not of the public internet: IANA's special-purpose registry, multicast, and Azure's platform address, which
 * every library takes for public.
 */
const NOT_PUBLIC_IPV4 = rangesOf([
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '168.63.129.16',
]);

/**
 * All IPv6 that is allocated for use between networks. Outside of it lie loopback, unique local, link-local, multicast, and
 * the forms that carry an IPv4 address: compatible (::/96), SIIT (::ffff:0:0:0/96) and NAT64 (64:ff9b::/32).
 */
const GLOBAL_IPV6 = rangesOf(['2000::/3']);

/** Parts of 2000::/3 that are not public: Teredo and its neighbours, 6to4, documentation. */
const NOT_PUBLIC_IPV6 = rangesOf(['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20']);

/** IPv4 written as IPv6. A BlockList compares these with its IPv4 ranges. */
const MAPPED = rangesOf(['::ffff:0:0/96']);

/**
 * Services of clouds that give credentials to whoever asks: metadata of AWS, Google, Azure and others, of AWS's containers
 * and pods, of Azure's platform, of Alibaba and of Oracle.
 */
const METADATA_IPV4 = [
  '169.254.169.254',
  '169.254.170.2',
  '169.254.170.23',
  '168.63.129.16',
  '100.100.100.200',
  '192.0.0.192',
];
const METADATA = rangesOf([
  ...METADATA_IPV4,
  // The same through NAT64, SIIT and as IPv4-compatible addresses, for networks that were allowed as a whole.
  ...METADATA_IPV4.flatMap((address) => [`64:ff9b::${address}`, `::ffff:0:${address}`, `::${address}`]),
  'fd00:ec2::254',
  'fd00:ec2::23',
]);

/** Decides which addresses may be dialled: those of the public internet, and those that the operator allows. */
export class AddressGuard {
  readonly #allowed;
  readonly #named;

  /** @param allowed ranges such as `10.0.0.0/8`; only a single address allows an address of cloud metadata */
  constructor(allowed: readonly string[]) {
    this.#allowed = rangesOf(allowed);
    this.#named = rangesOf(
      allowed.filter((text) => {
        const cidr = cidrOf(text);
        return cidr !== undefined && isSingle(cidr);
      }),
    );
  }

  /** @param address an IPv4 or IPv6 address; anything else is refused */
  refuses(address: string): boolean {
    const version = isIP(address);
    // A zone (fe80::1%eth0) names an interface of this machine.
    if (version === 0 || address.includes('%')) return true;
    const family = version === 4 ? 'ipv4' : 'ipv6';
    if (METADATA.check(address, family)) return !this.#named.check(address, family);
    if (this.#allowed.check(address, family)) return false;
    if (version === 4 || MAPPED.check(address, 'ipv6')) return NOT_PUBLIC_IPV4.check(address, family);
    return !GLOBAL_IPV6.check(address, 'ipv6') || NOT_PUBLIC_IPV6.check(address, 'ipv6');
  }
}

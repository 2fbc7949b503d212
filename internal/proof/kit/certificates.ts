import { generate } from 'selfsigned';

export interface Certificate {
  /** PEM. */
  readonly cert: string;
  readonly key: string;
}

/** A self-signed certificate for 127.0.0.1 and the given hosts. */
export async function selfSigned(hosts: readonly string[] = []): Promise<Certificate> {
  const altNames = [
    { type: 7 as const, ip: '127.0.0.1' },
    ...hosts.map((value) => ({ type: 2 as const, value })),
  ];
  const made = await generate([{ name: 'commonName', value: hosts[0] ?? '127.0.0.1' }], {
    keyType: 'ec',
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames },
    ],
  });
  return { cert: made.cert, key: made.private };
}

interface IssueOptions {
  /** DNS names; the first one is the subject. */
  readonly hosts: readonly string[];
  readonly issuer?: Certificate;
  /** Whether it may issue others. */
  readonly isAuthority?: boolean;
  readonly validUntil?: Date;
}

/** A certificate of an authority of the tests, or such an authority; by itself without an issuer. */
export async function issue({
  hosts,
  issuer,
  isAuthority = false,
  validUntil,
}: IssueOptions): Promise<Certificate> {
  const made = await generate([{ name: 'commonName', value: hosts[0] ?? '' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    ...(validUntil === undefined ? {} : { notBeforeDate: new Date(0), notAfterDate: validUntil }),
    ...(issuer === undefined ? {} : { ca: issuer }),
    extensions: [
      { name: 'basicConstraints', cA: isAuthority, critical: true },
      { name: 'keyUsage', digitalSignature: true, keyCertSign: isAuthority },
      { name: 'subjectAltName', altNames: hosts.map((value) => ({ type: 2 as const, value })) },
    ],
  });
  return { cert: `${made.cert.trim()}\n`, key: made.private };
}

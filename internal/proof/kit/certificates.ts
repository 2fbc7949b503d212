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

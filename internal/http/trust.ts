import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';
import type { Log } from '../sender/ports.ts';

/** Looks for changes of the file at most this often, and only when a connection is opened. */
const LOOK_EVERY_MS = 10_000;

interface TrustParts {
  /** Certificates in PEM, trusted beside the usual ones. */
  readonly caFile: string | undefined;
  readonly log: Pick<Log, 'info' | 'warn'>;
  /** Called when other certificates are trusted than before. */
  readonly changed: () => void;
  readonly lookEveryMs?: number;
}

/** Whom TLS connections trust: the certificate authorities of Node, and those of a file that may change. */
export class Trust {
  readonly #parts: TrustParts;
  #context: SecureContext;
  #version = '';
  #lookedAtMs = performance.now();
  #looking = false;

  /** @throws Error when the file cannot be read or has no certificate */
  constructor(parts: TrustParts) {
    this.#parts = parts;
    const { caFile } = parts;
    if (caFile === undefined) {
      this.#context = createSecureContext();
    } else {
      this.#version = versionOf(statSync(caFile));
      this.#context = trusting(readFileSync(caFile, 'utf8'), caFile);
    }
  }

  /** For a new connection. A changed file counts from one of the next connections on. */
  context(): SecureContext {
    const { caFile, lookEveryMs = LOOK_EVERY_MS } = this.#parts;
    const isDue = performance.now() - this.#lookedAtMs >= lookEveryMs;
    if (caFile !== undefined && isDue && !this.#looking) void this.#look(caFile);
    return this.#context;
  }

  async #look(caFile: string): Promise<void> {
    this.#looking = true;
    try {
      const version = versionOf(await stat(caFile));
      if (version === this.#version) return;
      // A file that is half written is reported once, and read again when it has changed again.
      this.#version = version;
      this.#context = trusting(await readFile(caFile, 'utf8'), caFile);
      this.#parts.changed();
      this.#parts.log.info({ file: caFile }, 'trusting the certificates of the changed file');
    } catch (error) {
      this.#parts.log.warn(
        { file: caFile, error: error instanceof Error ? error.message : String(error) },
        'the file of trusted certificates cannot be used: the previous ones stay trusted',
      );
    } finally {
      this.#lookedAtMs = performance.now();
      this.#looking = false;
    }
  }
}

function versionOf({ mtimeMs, size, ino }: { mtimeMs: number; size: number; ino: number }): string {
  return `${mtimeMs} ${size} ${ino}`;
}

/** Says why a file of trusted certificates cannot be used; undefined if it can. */
export function problemOfCaFile(file: string): string | undefined {
  try {
    trusting(readFileSync(file, 'utf8'), file);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function trusting(pem: string, file: string): SecureContext {
  const certificates = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g);
  if (certificates === null) throw new Error(`${file} contains no certificate in PEM`);
  for (const certificate of certificates) {
    try {
      void new X509Certificate(certificate);
    } catch (error) {
      throw new Error(`${file} contains a certificate that cannot be read`, { cause: error });
    }
  }
  return createSecureContext({ ca: [...getCACertificates('default'), ...certificates] });
}

import { defaultProvider } from '@aws-sdk/credential-provider-node';

/** The field names are those of the AWS SDK. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

type CredentialProvider = () => Promise<Credentials>;

/** A shared credentials file may be rewritten at any time and states no expiry. */
const KEEP_MS = 300_000;
/** Temporary credentials are renewed this long before they expire. */
const RENEW_BEFORE_MS = 300_000;
/** Minimum time between lookups, so that refusals do not cause one for every call. */
const LOOK_AGAIN_MS = 5_000;

/**
 * Credentials from the AWS SDK's provider chain: environment, shared files, web identity, container and instance. The SDK's
 * own provider reads a shared file only once; this one looks again every five minutes, and when SQS refuses the credentials.
 */
export class FreshCredentials {
  readonly #open: () => CredentialProvider;
  readonly #now: () => number;
  #current: Credentials | undefined;
  #looking: Promise<Credentials> | undefined;
  #lookAtMs = 0;
  #refusedAtMs = Number.NEGATIVE_INFINITY;

  constructor(
    open: () => CredentialProvider = () => defaultProvider({ ignoreCache: true }),
    now: () => number = () => Date.now(),
  ) {
    this.#open = open;
    this.#now = now;
  }

  /** @throws Error of the AWS SDK when there are none */
  readonly get: CredentialProvider = () => {
    if (this.#current !== undefined && this.#now() < this.#lookAtMs) return Promise.resolve(this.#current);
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  };

  /** The same for a client of the SDK, which would keep credentials without an expiry for ever. */
  readonly getExpiring: CredentialProvider = async () => {
    const credentials = await this.get();
    const expiration = new Date(this.#now() + RENEW_BEFORE_MS + KEEP_MS);
    return { ...credentials, expiration: credentials.expiration ?? expiration };
  };

  /** Looks again after these were refused. Returns whether there are others now. */
  async renew(refused: Credentials): Promise<boolean> {
    if (this.#now() - this.#refusedAtMs >= LOOK_AGAIN_MS) {
      this.#refusedAtMs = this.#now();
      this.#lookAtMs = 0;
    }
    const { accessKeyId, secretAccessKey, sessionToken } = await this.get();
    return (
      accessKeyId !== refused.accessKeyId ||
      secretAccessKey !== refused.secretAccessKey ||
      sessionToken !== refused.sessionToken
    );
  }

  async #look(): Promise<Credentials> {
    const last = this.#current;
    try {
      const found = await this.#open()();
      // Equal credentials stay the same object: signatures are cached by identity.
      this.#current = last !== undefined && isSame(last, found) ? last : found;
      const renewAtMs = (found.expiration?.getTime() ?? Number.POSITIVE_INFINITY) - RENEW_BEFORE_MS;
      this.#lookAtMs = Math.max(this.#now() + LOOK_AGAIN_MS, Math.min(renewAtMs, this.#now() + KEEP_MS));
      return this.#current;
    } catch (error) {
      // A file is being rewritten, or the metadata service is down: credentials that have not expired stay in use.
      const lasts =
        last !== undefined && (last.expiration?.getTime() ?? Number.POSITIVE_INFINITY) > this.#now();
      if (!lasts) throw error;
      this.#lookAtMs = this.#now() + LOOK_AGAIN_MS;
      return last;
    }
  }
}

function isSame(one: Credentials, other: Credentials): boolean {
  return (
    one.accessKeyId === other.accessKeyId &&
    one.secretAccessKey === other.secretAccessKey &&
    one.sessionToken === other.sessionToken &&
    one.expiration?.getTime() === other.expiration?.getTime()
  );
}

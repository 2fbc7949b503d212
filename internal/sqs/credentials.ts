import { defaultProvider } from '@aws-sdk/credential-provider-node';

/** As the AWS SDK names them. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

type CredentialProvider = () => Promise<Credentials>;

/** A shared credentials file may be rewritten at any time, and says nothing of when. */
const KEEP_MS = 300_000;
/** Temporary ones are renewed this long before they expire. */
const RENEW_BEFORE_MS = 300_000;
/** After a refusal they are looked up anew, but not for every call. */
const LOOK_AGAIN_MS = 5_000;

/**
 * Credentials from where the AWS SDK finds them, in its order: environment, shared files, web identity, container and
 * instance. The SDK's own provider reads a shared file once and for good; this one looks again every five minutes, and
 * when SQS refuses what it has.
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

  /** The same for a client of the SDK, which keeps what does not say when it expires. */
  readonly getExpiring: CredentialProvider = async () => {
    const credentials = await this.get();
    const expiration = new Date(this.#now() + RENEW_BEFORE_MS + KEEP_MS);
    return { ...credentials, expiration: credentials.expiration ?? expiration };
  };

  /** They were refused. Returns whether there are others now. */
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
      // The same object while they are the same: signatures are kept by it.
      this.#current = last !== undefined && isSame(last, found) ? last : found;
      const renewAtMs = (found.expiration?.getTime() ?? Number.POSITIVE_INFINITY) - RENEW_BEFORE_MS;
      this.#lookAtMs = Math.max(this.#now() + LOOK_AGAIN_MS, Math.min(renewAtMs, this.#now() + KEEP_MS));
      return this.#current;
    } catch (error) {
      // A file that is being rewritten, a metadata service that is away: what we have may do a while longer.
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

import { DeliveryStoreError } from '../../sender/ports.ts';
import { isDatabaseError, isMisconfigured, mayBeginAnew, mayPass, messageOf } from '../errors.ts';
import { NoPartitionError } from '../partitions.ts';

/** Tries of a statement whose error is worth an immediate retry. */
const MAX_TRIES = 3;

/**
 * Runs `work` again at once after a serialization failure or a deadlock.
 * @throws DeliveryStoreError when PostgreSQL or the way to it is away or refuses everything; what else is thrown is a mistake
 */
export async function reached<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (!mayBeginAnew(error)) throw worthTryingAgain(error) ? asStoreError(error) : error;
      if (tries === MAX_TRIES) throw asStoreError(error);
    }
  }
}

function worthTryingAgain(error: unknown): error is Error {
  if (error instanceof NoPartitionError || mayPass(error) || isMisconfigured(error)) return true;
  // Sockets, DNS and TLS; what the server itself says has been looked at.
  return isDatabaseError(error) && !isFromServer(error);
}

function isFromServer(error: unknown): boolean {
  return /^[0-9A-Z]{5}$/.test((error as { readonly code?: string }).code ?? '');
}

function asStoreError(error: unknown): DeliveryStoreError {
  return new DeliveryStoreError(messageOf(error as Error), { cause: error });
}

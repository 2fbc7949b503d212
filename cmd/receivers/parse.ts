import type { Behaviour } from '#internal/load/receivers/behaviour.ts';
import { InvalidArgumentError } from 'commander';

const SHARE = /^(0|1|0?\.\d+|1\.0*)$/;
const LONGEST_DELAY_MS = 3_600_000;

/** Parses a share from 0 to 1. */
export function parseShare(text: string): number {
  if (!SHARE.test(text)) throw new InvalidArgumentError('Expected a share from 0 to 1, such as 0.05.');
  return Number(text);
}

/** Parses `200,500:0.1`: statuses with their shares; those without one share the rest. */
export function parseStatuses(text: string): Behaviour['statuses'] {
  const parts = text.split(',').map((part) => {
    const [, status, share] = /^\s*([2-5]\d\d)(?::([\d.]+))?\s*$/.exec(part) ?? [];
    if (status === undefined || (share !== undefined && !SHARE.test(share)))
      throw new InvalidArgumentError(
        'Expected statuses from 200 to 599 with commas between them, each alone or with its share: 200,500:0.1.',
      );
    return { status: Number(status), share: share === undefined ? undefined : Number(share) };
  });
  const given = parts.reduce((sum, { share = 0 }) => sum + share, 0);
  const others = parts.filter(({ share }) => share === undefined).length;
  if (given > 1 + 1e-9 || (others === 0 && given < 1 - 1e-9))
    throw new InvalidArgumentError('Expected shares that add up to 1, or one status without a share.');
  return parts.map(({ status, share }) => ({ status, share: share ?? (1 - given) / others }));
}

/** Parses `20`, or a range such as `5-50`, in milliseconds. */
export function parseDelay(text: string): Behaviour['delayMs'] {
  const [, first, last] = /^(\d{1,7})(?:-(\d{1,7}))?$/.exec(text) ?? [];
  const [from, to] = [Number(first), Number(last ?? first)];
  if (first === undefined || from > to || to > LONGEST_DELAY_MS)
    throw new InvalidArgumentError(
      `Expected milliseconds up to ${LONGEST_DELAY_MS}, such as 20, or a range such as 5-50.`,
    );
  return { from, to };
}

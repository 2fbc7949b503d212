import process from 'node:process';
import { ConfigError, loadConfig } from '#internal/config/config.ts';
import { checkHeader } from '#internal/http/check-header.ts';
import { checkUrl } from '#internal/http/check-url.ts';
import { endpointRulesOf } from '#internal/http/variables.ts';
import { wireConfig } from '#internal/programs/admin.ts';
import type { ServiceOptions } from './endpoint-options.ts';

/**
 * Checks what is sent where, so that a mistake is told at once. The sender checks the address again whenever it connects.
 * @throws ConfigError with all that is wrong
 */
export function demandSendable({
  url,
  header = [],
}: Pick<ServiceOptions, 'header'> & { readonly url?: string }): void {
  const rules = endpointRulesOf(loadConfig(wireConfig, process.env));
  const wrong = [
    url === undefined ? undefined : checkUrl(url, rules),
    ...header.map(([name, value]) => checkHeader(name, value)),
  ].filter((problem) => problem !== undefined);
  if (wrong.length > 0) throw new ConfigError([], wrong);
}

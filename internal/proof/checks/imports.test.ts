import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'imports-'));
  await cp(join(ROOT, '.oxlintrc.json'), join(folder, '.oxlintrc.json'));
});

afterAll(() => rm(folder, { recursive: true }));

/** What the linter says of a file with that import. */
async function lint(file: string, imported: string): Promise<string> {
  const path = join(folder, file);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `import { x } from '${imported}';\nexport const y = x;\n`);
  const oxlint = join(ROOT, 'node_modules', 'oxlint', 'bin', 'oxlint');
  return new Promise((resolve) => {
    execFile(process.execPath, [oxlint, file], { cwd: folder }, (_error, stdout) => resolve(stdout));
  });
}

test.each([
  ['internal/event/planted.ts', '../processor/processor.ts'],
  ['internal/terminal/planted.ts', '../event/event.ts'],
  ['internal/event/planted.ts', '#internal/daemon/config.ts'],
  ['internal/event/json/planted.ts', '../../processor/processor.ts'],
  ['internal/event/json/planted.ts', '#internal/daemon/config.ts'],
  ['internal/event/json/numbers/planted.ts', '../../../processor/processor.ts'],
  ['internal/processor/planted.ts', '../postgres/store.ts'],
  ['internal/processor/planted.ts', 'pg'],
  ['internal/sqs/planted.ts', '../postgres/store.ts'],
  ['internal/postgres/planted.ts', '#internal/processor/ports.ts'],
  ['internal/daemon/planted.ts', '../sqs/client.ts'],
  ['internal/processor/planted.ts', '../proof/simulation/simulate.ts'],
  ['internal/processor/planted.ts', '../proof/suite.ts'],
  ['cmd/processor/planted.ts', '#internal/proof/suite.ts'],
  ['internal/sqs/planted.ts', '../proof/simulation/simulate.ts'],
  ['internal/processor/planted.ts', '../housekeeping/ports.ts'],
  ['internal/processor/planted.ts', '../operations/discard.ts'],
  ['internal/postgres/planted.ts', '../housekeeping/once.ts'],
  ['internal/postgres/rejections/planted.ts', '../../operations/discard.ts'],
  ['internal/housekeeping/planted.ts', '../operations/discard.ts'],
  ['internal/housekeeping/planted.ts', '../daemon/logger.ts'],
  ['internal/housekeeping/planted.ts', '../proof/simulation/simulate.ts'],
  ['internal/operations/planted.ts', '../housekeeping/once.ts'],
  ['internal/operations/planted.ts', '#internal/proof/kit/until.ts'],
  ['internal/proof/simulation/planted.ts', '../../housekeeping/once.ts'],
  ['internal/proof/simulation/planted.ts', '../../postgres/store.ts'],
  ['internal/proof/simulation/planted.ts', 'pg'],
  ['cmd/processor/planted.ts', '#internal/proof/kit/until.ts'],
  ['cmd/processor/planted.ts', '#internal/proof/badinput/case.ts'],
  ['internal/processor/planted.ts', '../proof/badinput/case.ts'],
  ['cmd/processor/planted.ts', '#internal/proof/simulation/simulate.ts'],
  ['cmd/processor/planted.ts', '../../internal/event/event.ts'],
  ['cmd/chaos/planted.ts', '../../internal/event/event.ts'],
  ['cmd/chaos/planted.ts', '../demo/main.ts'],
])('the linter refuses %s importing %s', async (file, imported) => {
  expect(await lint(file, imported)).toContain('no-restricted-imports');
});

test.each([
  ['internal/processor/planted.ts', '../event/event.ts'],
  ['internal/event/json/planted.ts', '../event.ts'],
  ['internal/event/json/numbers/planted.ts', '../../event.ts'],
  ['internal/sqs/planted.ts', '../event/received.ts'],
  ['internal/proof/simulation/planted.ts', '../../processor/processor.ts'],
  ['internal/proof/simulation/planted.ts', '../../housekeeping/heal-rejections.ts'],
  ['internal/housekeeping/planted.ts', '../postgres/transaction.ts'],
  ['internal/operations/planted.ts', '../processor/replay.ts'],
  ['cmd/processor/planted.ts', '#internal/processor/processor.ts'],
  ['cmd/chaos/planted.ts', '#internal/proof/kit/until.ts'],
])('the linter allows %s importing %s', async (file, imported) => {
  expect(await lint(file, imported)).not.toContain('no-restricted-imports');
});

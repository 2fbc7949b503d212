import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** A file with a single import. */
type Plant = readonly [file: string, imported: string];

/** The linter's message for each planted file, if it has one. All files are linted in one run. */
async function lint(plants: readonly Plant[]): Promise<Map<string, string>> {
  const folder = await mkdtemp(join(tmpdir(), 'imports-'));
  try {
    await cp(join(ROOT, '.oxlintrc.json'), join(folder, '.oxlintrc.json'));
    for (const [file, imported] of plants) {
      const path = join(folder, file);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, `import { x } from '${imported}';\nexport const y = x;\n`);
    }
    const { diagnostics } = await oxlint(folder);
    return new Map(
      diagnostics
        .filter(({ code }) => code.includes('no-restricted-imports'))
        .map(({ filename, help = '' }) => [filename, help]),
    );
  } finally {
    await rm(folder, { recursive: true });
  }
}

interface Findings {
  readonly diagnostics: readonly {
    readonly code: string;
    readonly filename: string;
    readonly help?: string;
  }[];
}

function oxlint(folder: string): Promise<Findings> {
  const program = join(ROOT, 'node_modules', 'oxlint', 'bin', 'oxlint');
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      [program, '--format', 'json'],
      { cwd: folder, maxBuffer: 2 ** 26 },
      (error, stdout, stderr) => {
        if (stdout.startsWith('{')) resolve(JSON.parse(stdout) as Findings);
        else reject(new Error(`the linter did not run: ${stdout}${stderr}`, { cause: error }));
      },
    );
  });
}

const GROUND = ['waiting', 'config', 'event', 'terminal'];
const ENGINES = ['processor', 'sender', 'sources'];
const ADAPTERS = ['sqs', 'postgres', 'http', 'telemetry'];

/** Every room, including future ones, with the rooms that it may import. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(GROUND.map((room) => [room, []])),
  ...Object.fromEntries(ENGINES.map((room) => [room, GROUND])),
  ...Object.fromEntries(ADAPTERS.map((room) => [room, GROUND])),
  daemon: GROUND,
  operations: [...GROUND, ...ENGINES, ...ADAPTERS],
  housekeeping: [...GROUND, ...ENGINES, ...ADAPTERS],
  console: [...GROUND, 'operations', 'http'],
  embedded: [...GROUND, 'daemon'],
  load: [...GROUND, 'daemon'],
  programs: GROUND, // besides the variables.ts of other rooms
};
const ROOMS = [...Object.keys(MAY_IMPORT), 'proof'];

test('every room is known', async () => {
  const entries = await readdir(join(ROOT, 'internal'), { withFileTypes: true });
  const rooms = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  expect(rooms.filter((room) => !ROOMS.includes(room))).toEqual([]);
});

test('no file is a barrel', async () => {
  const files = [
    ...(await readdir(join(ROOT, 'internal'), { recursive: true })),
    ...(await readdir(join(ROOT, 'cmd'), { recursive: true })),
  ];
  expect(files.filter((file) => /(^|[/\\])index\.ts$/.test(file))).toEqual([]);
});

test('a room may import another one exactly where the layout says so', async () => {
  const pairs = Object.entries(MAY_IMPORT).flatMap(([from, allowed]) =>
    ROOMS.filter((to) => to !== from).flatMap((to) =>
      [`../${to}/thing.ts`, `#internal/${to}/deep/thing.ts`, `../../${to}/thing.ts`].map(
        (imported, form) => ({
          file: `internal/${from}/${form === 2 ? 'deep/' : ''}${to}${form}.ts`,
          imported,
          allowed: allowed.includes(to),
        }),
      ),
    ),
  );
  const refused = await lint(pairs.map(({ file, imported }) => [file, imported]));
  expect(pairs.length).toBeGreaterThan(500);
  expect(pairs.filter(({ file, allowed }) => allowed === refused.has(file))).toEqual([]);
});

describe('the linter refuses', () => {
  const PLANTS = [
    // One for each pattern of .oxlintrc.json.
    ['internal/event/json/planted.ts', '../../processor/processor.ts', 'The ground imports nothing'],
    ['internal/event/planted.ts', 'pg', 'do no I/O'],
    ['internal/waiting/planted.ts', 'node:fs/promises', 'do no I/O'],
    ['internal/config/planted.ts', '../event/event.ts', 'The ground (waiting, config, event, terminal)'],
    ['internal/unheard-of/planted.ts', '../event/event.ts', 'rooms that .oxlintrc.json does not name'],
    ['internal/processor/planted.ts', '../postgres/store.ts', 'An engine imports the ground'],
    ['internal/sender/planted.ts', '../processor/ports.ts', 'An engine imports the ground'],
    ['internal/processor/planted-io.ts', '@aws-sdk/client-sqs', 'do no I/O'],
    ['internal/sources/github/planted.ts', 'undici', 'do no I/O'],
    ['internal/sqs/planted.ts', '../postgres/store.ts', 'An adapter imports the ground and the ports.ts'],
    ['internal/postgres/planted.ts', '../processor/processor.ts', 'An adapter imports the ground'],
    ['internal/postgres/rejections/planted.ts', '#internal/housekeeping/retention.ts', 'An adapter imports'],
    ['internal/daemon/planted.ts', '../sqs/client.ts', 'it knows no engine and no adapter'],
    ['internal/operations/planted.ts', '../housekeeping/once.ts', 'import the ground, engines and adapters'],
    [
      'internal/housekeeping/planted.ts',
      '../operations/discard.ts',
      'import the ground, engines and adapters',
    ],
    ['internal/console/planted.ts', '../postgres/registry.ts', 'operations/ and http/'],
    ['internal/programs/planted.ts', '../sqs/client.ts', 'programs/ imports the ground'],
    ['internal/load/planted.ts', '../sqs/outbox.ts', 'embedded/ and load/ import the ground and daemon/'],
    [
      'internal/embedded/planted.ts',
      '../load/random.ts',
      'embedded/ and load/ import the ground and daemon/',
    ],
    ['internal/processor/planted-proof.ts', '../proof/kit/until.ts', 'An engine imports the ground'],
    ['internal/processor/planted-cmd.ts', '../../cmd/processor/config.ts', 'An engine imports the ground'],
    ['internal/processor/planted.test.ts', '../../cmd/processor/config.ts', 'No room imports a program'],
    ['internal/proof/chaos/planted.ts', '../../../cmd/demo/live.ts', 'No room imports a program'],
    ['internal/proof/simulation/planted.ts', '../../postgres/store.ts', 'simulation/ imports event/'],
    [
      'internal/proof/simulation/planted-housekeeping.ts',
      '../../housekeeping/once.ts',
      'simulation/ imports',
    ],
    ['internal/proof/simulation/planted-load.ts', '#internal/load/ledger.ts', 'simulation/ imports event/'],
    ['internal/proof/simulation/planted-kit.ts', '../kit/until.ts', 'simulation/ imports event/'],
    ['internal/proof/simulation/planted-io.ts', 'pg', 'Nothing real takes part'],
    [
      'cmd/processor/planted-proof.ts',
      '#internal/proof/kit/until.ts',
      'What ships does not import what proves',
    ],
    ['cmd/processor/planted.ts', '../admin/config.ts', 'never another program'],
    ['cmd/processor/planted-path.ts', '../../internal/event/event.ts', 'and #internal/'],
    ['cmd/chaos/planted.ts', '../demo/live.ts', 'never another program'],
    ['cmd/processor/planted.test.ts', '../admin/config.ts', 'never another program'],
  ] as const;
  let found = new Map<string, string>();
  beforeAll(async () => {
    found = await lint(PLANTS.map(([file, imported]) => [file, imported]));
  });

  test.each(PLANTS)('%s importing %s', (file, _imported, message) => {
    expect(found.get(file)).toContain(message);
  });
});

describe('the linter allows', () => {
  const PLANTS = [
    ['internal/event/json/planted.ts', '../event.ts'],
    ['internal/event/planted.ts', 'node:zlib'],
    ['internal/processor/planted.ts', '../event/event.ts'],
    ['internal/postgres/planted.ts', '../processor/ports.ts'],
    ['internal/postgres/rejections/planted.ts', '../../processor/healing/ports.ts'],
    ['internal/sqs/planted.ts', '#internal/sources/github/ports.ts'],
    ['internal/operations/planted.ts', '../processor/replay.ts'],
    ['internal/housekeeping/planted.ts', '../postgres/transaction.ts'],
    ['internal/embedded/planted.ts', '../daemon/program.ts'],
    ['internal/programs/planted.ts', '../sqs/variables.ts'],
    ['internal/processor/planted.test.ts', '../proof/kit/until.ts'],
    ['internal/housekeeping/planted.test.ts', '../postgres/pool.ts'],
    ['internal/proof/kit/planted.ts', '../../postgres/pool.ts'],
    ['internal/proof/checks/planted.test.ts', '../../../cmd/processor/config.ts'],
    ['internal/proof/simulation/planted.ts', '../../processor/processor.ts'],
    ['internal/proof/simulation/planted-healing.ts', '../../processor/healing/heal-rejections.ts'],
    ['internal/proof/simulation/planted-random.ts', '../../load/random.ts'],
    ['internal/proof/simulation/planting.ts', 'node:fs/promises'],
    ['cmd/processor/planted.ts', '#internal/processor/processor.ts'],
    ['cmd/processor/planted-own.ts', './config.ts'],
    ['cmd/processor/planted.test.ts', '#internal/proof/kit/until.ts'],
    ['cmd/chaos/planted.ts', '#internal/proof/chaos/round.ts'],
  ] as const;
  let found = new Map<string, string>();
  beforeAll(async () => {
    found = await lint(PLANTS);
  });

  test.each(PLANTS)('%s importing %s', (file) => {
    expect(found.get(file)).toBeUndefined();
  });
});

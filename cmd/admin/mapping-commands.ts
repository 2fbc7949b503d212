import { readFile } from 'node:fs/promises';
import { text as readStream } from 'node:stream/consumers';
import process from 'node:process';
import { loadConfig } from '#internal/config/config.ts';
import { ProgramError } from '#internal/daemon/program.ts';
import { compileMapping, type Mapping } from '#internal/event/mapping/mapping.ts';
import { MAPPING_PRESETS } from '#internal/event/mapping/presets.ts';
import { listMappings, removeMapping } from '#internal/postgres/mappings.ts';
import type { CommandLine } from '#internal/config/command-line.ts';
import { bodyConfig } from '#internal/programs/admin.ts';
import { withDatabase } from './connections.ts';
import { addCommand, attributes, type Match } from './mapping-add.ts';
import { describeMapping, mappingTable, presetTable } from './mapping-text.ts';
import { tryBody, type TriedEvent, triedText } from './mapping-trial.ts';
import { type Output, print, visible } from './output.ts';

/** `mapping add|list|show|remove|presets|test`. */
export function mappingCommands(program: CommandLine, output: () => Output): void {
  const mapping = program
    .command('mapping')
    .description('how messages of other services, such as S3 or Stripe, become events');
  addCommand(mapping, output);
  readCommands(mapping, output);
  testCommand(mapping, output);
}

function readCommands(mapping: CommandLine, output: () => Output): void {
  mapping
    .command('list')
    .description('the registered mappings, in the order in which they are tried')
    .action(() =>
      withDatabase(async (pool) =>
        print(output(), await listMappings(pool), (all) =>
          all.length === 0 ? 'no mappings: see "mapping presets"' : mappingTable(all),
        ),
      ),
    );
  mapping
    .command('show <name>')
    .description('one registered mapping')
    .action((name: string) =>
      withDatabase(async (pool) => {
        const found = (await listMappings(pool)).find((each) => each.name === name);
        if (found === undefined) throw unknown(name);
        print(output(), found, describeMapping);
      }),
    );
  mapping
    .command('remove <name>')
    .description('remove a mapping; events that were stored through it stay')
    .action((name: string) =>
      withDatabase(async (pool) => {
        if (!(await removeMapping(pool, name))) throw unknown(name);
        print(output(), { removed: name }, () => `mapping ${visible(name)}: removed`);
      }),
    );
  mapping
    .command('presets')
    .description('the ready mappings for "mapping add --preset"')
    .action(() => print(output(), MAPPING_PRESETS, presetTable));
}

function unknown(name: string): ProgramError {
  return new ProgramError(`there is no mapping ${visible(name)}: see "mapping list"`);
}

function testCommand(mapping: CommandLine, output: () => Output): void {
  mapping
    .command('test <file>')
    .description(
      'show what would become of a message with this body, and store nothing; - reads standard input',
    )
    .option('--queue <name>', 'as if it came from this queue', 'events')
    .option('--attribute <name=text>', 'with this message attribute; may be repeated', attributes)
    .action(async (file: string, { queue, attribute = {} }: { queue: string; attribute?: Match }) => {
      const { MAX_EXPANDED_BYTES } = loadConfig(bodyConfig, process.env);
      const body = await readBody(file);
      const texts = Object.entries(attribute).map(([name, text]): [string, string] => [
        name.slice(1),
        text ?? '',
      ]);
      await withDatabase(async (pool) => {
        const mappings = (await listMappings(pool)).flatMap((each): Mapping[] => {
          const compiled = compileMapping(each);
          return Array.isArray(compiled) ? [] : [compiled];
        });
        const sent = { body, attributes: Object.fromEntries(texts) };
        const decoding = { queue, mappings, maxExpandedBytes: MAX_EXPANDED_BYTES };
        print(output(), await tryBody(pool, sent, decoding), (events: readonly TriedEvent[]) =>
          triedText(events),
        );
      });
    });
}

async function readBody(file: string): Promise<string> {
  try {
    return file === '-' ? await readStream(process.stdin) : await readFile(file, 'utf8');
  } catch (error) {
    throw new ProgramError(`${file} cannot be read: ${(error as Error).message}`, {
      exitCode: 2,
      cause: error,
    });
  }
}

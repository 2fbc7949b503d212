import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { markdownOnTerminal } from '../../terminal/markdown.ts';
import { type Machine, machineLine } from './machine.ts';

/**
 * Writes results as JSON and Markdown, and prints the Markdown, formatted for a terminal if stdout is one.
 */
export async function report(
  folder: string,
  name: string,
  machine: Machine,
  { markdown, results }: { readonly markdown: string; readonly results: object },
): Promise<void> {
  const text = `# ${name}\n\n${machineLine(machine)}\n\n${markdown}`;
  await mkdir(folder, { recursive: true });
  const path = join(folder, name);
  await writeFile(`${path}.md`, text);
  await writeFile(`${path}.json`, `${JSON.stringify({ machine, ...results }, null, 2)}\n`);
  process.stdout.write(`${markdownOnTerminal(text)}\n`);
  process.stderr.write(`written: ${path}.md and ${path}.json\n`);
}

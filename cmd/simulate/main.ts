import process from 'node:process';
import { ENGINES, parseOptions } from '#internal/proof/simulation/options.ts';
import { replay, simulateMany } from '#internal/proof/simulation/seeds.ts';

const { of, seed, ...options } = parseOptions(process.argv);
for (const engine of of === undefined ? ENGINES : [of]) {
  process.exitCode =
    seed === undefined ? await simulateMany(engine, options) : await replay(engine, seed, options.lines);
  if (process.exitCode !== 0) break;
}

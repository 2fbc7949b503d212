import { compare, stepsOf } from './compare.ts';
import { comparisonMarkdown } from './comparison-report.ts';
import type { Databases } from './databases.ts';
import { deliver, deliverSteps } from './deliver/deliver.ts';
import { growth } from './growth.ts';
import { heal } from './heal.ts';
import { lanes } from './lanes.ts';
import type { Choice } from './options.ts';
import { profile } from './profile.ts';
import { showSteps } from './progress.ts';
import { soak } from './soak.ts';

/** Runs the chosen measurement. */
export async function measure(
  choice: Choice,
  databases: Databases,
): Promise<{ markdown: string; results: object }> {
  switch (choice.command) {
    case 'compare': {
      using steps = showSteps(stepsOf(choice.options));
      const comparison = await compare(databases, choice.options, steps);
      return { markdown: comparisonMarkdown(comparison), results: comparison };
    }
    case 'deliver': {
      using steps = showSteps(deliverSteps(choice.options));
      return await deliver(databases, choice.options, steps);
    }
    case 'lanes':
      return lanes(databases, choice.options);
    case 'growth':
      return growth(databases, choice.options);
    case 'soak':
      return soak(databases, choice.options);
    case 'profile':
      return profile(databases, choice.options);
    case 'heal':
      return heal(databases, choice.options);
  }
}

import type { AST } from '@eslint-community/regexpp';

/**
 * What a backtracking engine may take in the worst case: in how many ways a part of a pattern can match from one place,
 * and how many steps all of them take together.
 */
interface Cost {
  readonly ways: number;
  readonly steps: number;
}

const ONE: Cost = { ways: 1, steps: 1 };

/**
 * Steps that a search takes in a text of this length, at most. Too much rather than too little: it does not look at which
 * characters a part takes, so whatever may begin in more than one way within a repetition counts as exponential.
 */
export function searchSteps(pattern: AST.Pattern, length: number): number {
  const { steps } = alternativesCost(pattern.alternatives, length);
  return isAnchored(pattern) ? steps + length : steps * (length + 1);
}

/** Whether a text twice as long takes about twice as long. */
export function isLinear(pattern: AST.Pattern): boolean {
  return searchSteps(pattern, 8_192) < 3 * searchSteps(pattern, 4_096);
}

/** Whether every match begins at the start of the text. */
export function isAnchored({ alternatives }: Pick<AST.Group, 'alternatives'>): boolean {
  return alternatives.every(({ elements: [first] }) => {
    if (first === undefined) return false;
    if (first.type === 'Assertion') return first.kind === 'start';
    return (first.type === 'Group' || first.type === 'CapturingGroup') && isAnchored(first);
  });
}

function alternativesCost(alternatives: readonly AST.Alternative[], length: number): Cost {
  const costs = alternatives.map(({ elements }) => sequenceCost(elements, length));
  return {
    ways: costs.reduce((sum, { ways }) => sum + ways, 0),
    steps: costs.reduce((sum, { steps }) => sum + steps, 0),
  };
}

/** What follows is tried again for every way in which a part matches. */
function sequenceCost(elements: readonly AST.Element[], length: number): Cost {
  return elements.reduceRight<Cost>(
    (rest, element) => {
      const cost = elementCost(element, length);
      return { ways: product(cost.ways, rest.ways), steps: cost.steps + product(cost.ways, rest.steps) };
    },
    { ways: 1, steps: 1 },
  );
}

function elementCost(element: AST.Element, length: number): Cost {
  switch (element.type) {
    case 'Group':
    case 'CapturingGroup':
      return alternativesCost(element.alternatives, length);
    case 'Assertion':
      // The engine does not go back into what stands ahead or behind.
      return 'alternatives' in element
        ? { ways: 1, steps: alternativesCost(element.alternatives, length).steps }
        : ONE;
    case 'Quantifier':
      return quantifierCost(element, length);
    case 'Backreference':
      return { ways: 1, steps: length + 1 };
    default:
      return ONE;
  }
}

function quantifierCost({ element, min, max }: AST.Quantifier, length: number): Cost {
  const body = elementCost(element, length);
  // More repetitions than characters would have to match nothing, which the engine does not do beyond the least number.
  const most = Math.max(min, Math.min(max, length + 1));
  const ways = most - min + 1;
  if (body.ways === 1) return { ways, steps: product(most, body.steps) + 1 };
  // Each repetition is tried for every way in which those before it match.
  const steps = product(product(most, body.steps), body.ways ** Math.max(0, most - 1));
  return { ways: product(ways, body.ways ** most), steps: steps + 1 };
}

/** Without NaN where one is infinite and the other zero. */
function product(a: number, b: number): number {
  return a === 0 || b === 0 ? 0 : a * b;
}

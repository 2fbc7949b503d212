/** A worker's report on its work. The program defines what the numbers count. */
export interface Report {
  /** Numbers by name, or by name and label; summed over all workers. */
  readonly numbers: Numbers;
  /** Pieces of work that the worker holds; abandoned if it dies. */
  readonly held: number;
  /** Whether the numbers agree with each other. */
  readonly balanced: boolean;
}

type Numbers = Readonly<Record<string, number | Readonly<Record<string, number>>>>;

/** The sum of the reports of all workers. */
export interface Total extends Report {
  /** Work held by workers that died, as of their last report; the second after it is unknown. */
  readonly abandoned: number;
}

export const NOTHING_REPORTED: Total = { numbers: {}, held: 0, balanced: true, abandoned: 0 };

export function addReport(total: Total, report: Report): Total {
  return {
    numbers: sum(total.numbers, report.numbers),
    held: total.held + report.held,
    balanced: total.balanced && report.balanced,
    abandoned: total.abandoned,
  };
}

/** Adds the last report of a worker that died. */
export function addReportOfTheDead(total: Total, report: Report): Total {
  const added = addReport(total, { ...report, held: 0 });
  return { ...added, abandoned: added.abandoned + report.held };
}

function sum(one: Numbers, other: Numbers): Numbers {
  const total = { ...one };
  for (const [name, value] of Object.entries(other)) {
    const before = total[name];
    total[name] = typeof value === 'number' ? Number(before ?? 0) + value : sumByLabel(before, value);
  }
  return total;
}

function sumByLabel(before: Numbers[string] | undefined, added: Readonly<Record<string, number>>) {
  const total: Record<string, number> = typeof before === 'object' ? { ...before } : {};
  for (const [label, value] of Object.entries(added)) total[label] = (total[label] ?? 0) + value;
  return total;
}

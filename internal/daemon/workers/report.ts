/** What a worker says of its work. What the numbers count is between the program and whoever reads its last line. */
export interface Report {
  /** By name, also one level down by label; summed over all workers. */
  readonly numbers: Numbers;
  /** Pieces of work that it holds: nobody's any more once it dies. */
  readonly held: number;
  /** Whether its numbers agree with each other. */
  readonly balanced: boolean;
}

type Numbers = Readonly<Record<string, number | Readonly<Record<string, number>>>>;

/** The reports of all workers together. */
export interface Total extends Report {
  /** Held by workers that died. Their last second is in no report. */
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

export interface Column<Row> {
  readonly header: string;
  readonly align?: "left" | "right";
  /** Cut beyond so many columns of the terminal. */
  readonly maxWidth?: number;
  /** Left out where it does not fit: the last one first. */
  readonly isOptional?: boolean;
  readonly value: (row: Row) => string;
  /** Colours a padded cell. */
  readonly style?: (cell: string, row: Row) => string;
}

export interface TableOptions {
  readonly styleHeader?: ((header: string) => string) | undefined;
  /** What the whole table may take: the last column gives way, down to 10, and then the optional ones go. Null: any width. */
  readonly width?: number | null | undefined;
}

const GAP = "  ";
const MIN_LAST_WIDTH = 10;

/** Aligned columns under their headers, a line each. Wide and combining characters count as the terminal shows them. */
export async function renderTable<Row>(
  rows: readonly Row[],
  allColumns: readonly Column<Row>[],
  { styleHeader = (header) => header, width = null }: TableOptions = {},
): Promise<string> {
  const allCells = rows.map((row) => allColumns.map(({ value }) => value(row)));
  const widthOf = await widthMeasure(allCells);
  const shown =
    width === null ? [...allColumns.keys()] : fittingColumns(allCells, allColumns, width, widthOf);
  const columns = allColumns.filter((_, index) => shown.includes(index));
  const cells = allCells.map((line) => line.filter((_, index) => shown.includes(index)));
  const widths: number[] = [];
  for (const [index, { header, maxWidth = Infinity }] of columns.entries()) {
    const taken = widths.reduce((sum, one) => sum + one + GAP.length, 0);
    const left =
      width === null || index < columns.length - 1 ? Infinity : Math.max(MIN_LAST_WIDTH, width - taken);
    for (const line of cells) line[index] = fit(line[index] ?? "", Math.min(maxWidth, left), widthOf);
    widths.push(Math.max(header.length, ...cells.map((line) => widthOf(line[index] ?? ""))));
  }
  const pad = (cell: string, index: number): string => {
    const blanks = " ".repeat(Math.max(0, (widths[index] ?? 0) - widthOf(cell)));
    if (columns[index]?.align === "right") return blanks + cell;
    // The last column needs no blanks behind it.
    return index === columns.length - 1 ? cell : cell + blanks;
  };
  const header = columns.map((column, index) => pad(column.header, index)).join(GAP);
  const lines = rows.map((row, rowIndex) =>
    columns
      .map(({ style = (cell) => cell }, index) => style(pad(cells[rowIndex]?.[index] ?? "", index), row))
      .join(GAP)
      .trimEnd(),
  );
  return [styleHeader(header), ...lines].join("\n");
}

/** The positions of the columns that are shown: without optional ones, the last first, as far as the others would not fit. */
function fittingColumns<Row>(
  cells: readonly (readonly string[])[],
  columns: readonly Column<Row>[],
  width: number,
  widthOf: Width,
): readonly number[] {
  const leastWidths = columns.map(({ header, maxWidth = Infinity }, index) => {
    const widest = Math.max(header.length, ...cells.map((line) => widthOf(line[index] ?? "")));
    return Math.min(widest, index === columns.length - 1 ? MIN_LAST_WIDTH : maxWidth);
  });
  const shown = [...columns.keys()];
  const taken = (): number =>
    shown.reduce((sum, index) => sum + (leastWidths[index] ?? 0), GAP.length * (shown.length - 1));
  while (taken() > width) {
    const next = shown.findLast((index) => columns[index]?.isOptional === true);
    if (next === undefined) break;
    shown.splice(shown.indexOf(next), 1);
  }
  return shown;
}

export type Width = (text: string) => number;

/** Measuring loads Unicode tables, which plain ASCII does not need. */
async function widthMeasure(cells: readonly (readonly string[])[]): Promise<Width> {
  const isPlain = cells.every((line) => line.every((cell) => /^[ -~]*$/.test(cell)));
  if (isPlain) return (text) => text.length;
  const { default: stringWidth } = await import("string-width");
  return stringWidth;
}

/** The text, cut to so many columns with an ellipsis where it is wider. */
export function fit(text: string, maxWidth: number, widthOf: Width): string {
  if (widthOf(text) <= maxWidth) return text;
  let kept = "";
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    if (widthOf(kept + segment) > maxWidth - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}

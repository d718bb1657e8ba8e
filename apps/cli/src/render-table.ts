import { isPlain } from "./terminal-text.js";

export interface Column<Row> {
  readonly header: string;
  readonly align?: "left" | "right";
  /** Cut beyond so many columns of the terminal. */
  readonly maxWidth?: number;
  /** Left out where it does not fit: those without a word first, then the last one. */
  readonly isOptional?: boolean;
  readonly value: (row: Row) => string;
  /** Colours a padded cell. */
  readonly style?: (cell: string, row: Row) => string;
}

export interface TableOptions {
  readonly styleHeader?: ((header: string) => string) | undefined;
  /** What the whole table may take: the last column gives way, down to 10, then the optional ones go, then the first is cut. Null: any width. */
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
  const allCells = cellsOf(rows, allColumns);
  const widthOf = await widthMeasure(allCells);
  const naturalWidths = allColumns.map((column, at) => naturalWidth(column, at, allCells, widthOf));
  const shown =
    width === null ? [...allColumns.keys()] : fittingColumns(allCells, allColumns, naturalWidths, width);
  const columns = allColumns.filter((_, at) => shown.includes(at));
  const widths = shown.map((at) => naturalWidths[at] ?? 0);
  if (width !== null) squeeze(widths, width);
  const lineOf = (cells: readonly string[], style: (cell: string, at: number) => string): string =>
    columns
      .map(({ align }, at) => {
        const cell = fit(cells[shown[at] ?? 0] ?? "", widths[at] ?? 0, widthOf);
        const blanks = " ".repeat((widths[at] ?? 0) - widthOf(cell));
        if (align === "right") return style(blanks + cell, at);
        // The last column needs no blanks behind it.
        return style(at === columns.length - 1 ? cell : cell + blanks, at);
      })
      .join(GAP);
  const header = lineOf(
    allColumns.map((column) => column.header),
    (cell) => cell,
  );
  const lines = rows.map((row, at) =>
    lineOf(allCells[at] ?? [], (cell, column) => columns[column]?.style?.(cell, row) ?? cell).trimEnd(),
  );
  return [styleHeader(header), ...lines].join("\n");
}

/** What a table takes that is cut nowhere but in its last column, to `lastWidth`; optional columns without a word are not counted. */
export async function tableWidth<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  lastWidth: number,
): Promise<number> {
  const cells = cellsOf(rows, columns);
  const widthOf = await widthMeasure(cells);
  const widths = columns.map((column, at) => naturalWidth(column, at, cells, widthOf));
  const shown = [...columns.keys()].filter((at) => columns[at]?.isOptional !== true || !isEmpty(cells, at));
  return sumOf(
    shown.map((at) => Math.min(widths[at] ?? 0, at === columns.length - 1 ? lastWidth : Infinity)),
  );
}

type Cells = readonly (readonly string[])[];

function cellsOf<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): Cells {
  return rows.map((row) => columns.map(({ value }) => value(row)));
}

function isEmpty(cells: Cells, at: number): boolean {
  return cells.every((line) => line[at] === "");
}

function naturalWidth<Row>(
  { header, maxWidth = Infinity }: Column<Row>,
  at: number,
  cells: Cells,
  widthOf: Width,
): number {
  return Math.max(header.length, ...cells.map((line) => widthOf(fit(line[at] ?? "", maxWidth, widthOf))));
}

/** With the gaps between. */
function sumOf(widths: readonly number[]): number {
  return widths.reduce((sum, one) => sum + one, 0) + GAP.length * (widths.length - 1);
}

/** The positions of the columns that are shown: without optional ones, empty ones first, then the last, as far as the others would not fit. */
function fittingColumns<Row>(
  cells: Cells,
  columns: readonly Column<Row>[],
  widths: readonly number[],
  width: number,
): readonly number[] {
  const last = columns.length - 1;
  const shown = [...columns.keys()];
  const taken = (): number =>
    sumOf(shown.map((at) => Math.min(widths[at] ?? 0, at === last ? MIN_LAST_WIDTH : Infinity)));
  const optional = shown.filter((at) => columns[at]?.isOptional === true).reverse();
  const empty = optional.filter((at) => isEmpty(cells, at));
  for (const next of [...empty, ...optional.filter((at) => !empty.includes(at))]) {
    if (taken() <= width) break;
    shown.splice(shown.indexOf(next), 1);
  }
  return shown;
}

/** Makes the last column narrower, and where that is not enough, the first: a line that the terminal breaks is no row. */
function squeeze(widths: number[], width: number): void {
  const last = widths.length - 1;
  for (const [at, least] of [
    [last, MIN_LAST_WIDTH],
    [0, 1],
    [last, 1],
  ] as const) {
    const over = sumOf(widths) - width;
    const own = widths[at] ?? 0;
    if (over > 0) widths[at] = Math.max(Math.min(least, own), own - over);
  }
}

export type Width = (text: string) => number;

/** Measuring loads Unicode tables, which plain ASCII does not need. */
async function widthMeasure(cells: Cells): Promise<Width> {
  if (cells.every((line) => line.every(isPlain))) return (text) => text.length;
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

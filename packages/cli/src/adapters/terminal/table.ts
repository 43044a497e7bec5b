/** Rows as columns that line up, the titles first. Widths go by the text, so colours are painted on the cells after. */
export function table(
  titles: readonly string[],
  rows: readonly (readonly string[])[],
  paint: (text: string, row: number, column: number) => string = (text) => text,
): string {
  const widths = titles.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[], row: number) =>
    cells
      .map((cell, column) => {
        const filler = column === cells.length - 1 ? "" : " ".repeat((widths[column] ?? 0) - cell.length + 2);
        return paint(cell, row, column) + filler;
      })
      .join("")
      .trimEnd();
  return [line(titles, -1), ...rows.map(line)].join("\n");
}

export type Row = string[];

/** A table as GitHub reads it. A bar would end its cell. */
export const table = (header: Row, rows: Row[]): string =>
  [header, header.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n');

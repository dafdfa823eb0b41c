// Reading columns of SQLite rows as what they are. A wrong type is a defect of ours or a damaged database.
import type { SQLOutputValue } from "node:sqlite";
import type { Bytes } from "../../schema/index.ts";

/** One row by column name. */
export type Row = Readonly<Record<string, SQLOutputValue>>;

/** An integer column; throws for anything else. */
export function integerOf(row: Row, column: string): number {
  const value = row[column];
  if (typeof value !== "number") throw new Error(`column ${column} is no integer`);
  return value;
}

/** A text column; throws for anything else. */
export function textOf(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== "string") throw new Error(`column ${column} is no text`);
  return value;
}

/** A blob column, copied to a buffer of its own; throws for anything else. */
export function bytesOf(row: Row, column: string): Bytes {
  const value = row[column];
  if (!(value instanceof Uint8Array)) throw new Error(`column ${column} is no blob`);
  return new Uint8Array(value);
}

/** `read` of the column, or null when it is NULL. */
export function nullable<T>(row: Row, column: string, read: (row: Row, column: string) => T): T | null {
  return row[column] === null ? null : read(row, column);
}

import type { SourceFile } from "./source-file.js";

/** When a session began and last changed, ISO 8601, UTC, milliseconds. */
export interface SessionDates {
  readonly createdAt: string;
  readonly updatedAt: string;
  /** The file says nothing about either: its time of modification stands for both. */
  readonly isDatedByFile: boolean;
}

/** What a file says, where one of the two stands for the other if need be; else the file's own time. */
export function datesOf(file: SourceFile, createdAt: string | null, updatedAt: string | null): SessionDates {
  return {
    createdAt: createdAt ?? updatedAt ?? file.modifiedAt,
    updatedAt: updatedAt ?? createdAt ?? file.modifiedAt,
    isDatedByFile: createdAt === null && updatedAt === null,
  };
}

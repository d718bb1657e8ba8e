import type { JsonValue } from "./json-value.js";
import { recogniseByCode, SessionStoreError, type SessionStoreErrorOptions } from "./session-store-error.js";

/** SESSION_NOT_FOUND: no such session in this namespace of this store. */
export class SessionNotFoundError extends SessionStoreError {
  readonly namespace: string;

  constructor(
    sessionId: string,
    namespace: string,
    location: string,
    options: { readonly cause?: unknown } = {},
  ) {
    const where = namespace === "" ? location : `namespace ${quote(namespace)} of ${location}`;
    super(
      "SESSION_NOT_FOUND",
      `Session ${quote(sessionId)} was not found in ${where}. Check the id, the namespace and the store's place; list() shows what is there.`,
      { sessionId, location, details: { namespace }, cause: options.cause },
    );
    this.namespace = namespace;
  }

  static {
    recogniseByCode(this, ["SESSION_NOT_FOUND"]);
  }
}

/** SESSION_ALREADY_EXISTS: an exclusive create found the id taken; nothing was changed. */
export class SessionAlreadyExistsError extends SessionStoreError {
  constructor(sessionId: string, location: string, options: { readonly cause?: unknown } = {}) {
    super(
      "SESSION_ALREADY_EXISTS",
      `Session ${quote(sessionId)} already exists in ${location}. Choose another id, or use save() or append() to change it.`,
      { sessionId, location, cause: options.cause },
    );
  }

  static {
    recogniseByCode(this, ["SESSION_ALREADY_EXISTS"]);
  }
}

/** SESSION_CONFLICT: the session is not at the revision that the caller expected, or changed under a running read. */
export class SessionConflictError extends SessionStoreError {
  /** The revision the caller named; 0 stands for "must not exist". Null when a read was overtaken. */
  readonly expectedRevision: number | null;
  /** The revision found; 0 stands for "does not exist". Null when it is not known. */
  readonly actualRevision: number | null;

  constructor(
    sessionId: string,
    expectedRevision: number | null,
    actualRevision: number | null,
    options: SessionStoreErrorOptions & { readonly message?: string } = {},
  ) {
    super(
      "SESSION_CONFLICT",
      options.message ??
        `Session ${quote(sessionId)} is at revision ${actualRevision}, not ${expectedRevision} as expected. Read it again and repeat the change on what is there now.`,
      { ...options, sessionId, details: { expectedRevision, actualRevision, ...options.details } },
    );
    this.expectedRevision = expectedRevision;
    this.actualRevision = actualRevision;
  }

  static {
    recogniseByCode(this, ["SESSION_CONFLICT"]);
  }
}

/** SESSION_CORRUPTED: the session is there, and its file or row cannot be read. Never a kind of not-found. */
export class SessionCorruptedError extends SessionStoreError {
  /** The file or table that is damaged. */
  readonly path: string;
  /** Where in it: a line and column, a row, a page; null when the damage has no place. */
  readonly position: string | null;

  constructor(
    sessionId: string,
    path: string,
    position: string | null,
    reason: string,
    options: SessionStoreErrorOptions = {},
  ) {
    const place = position === null ? path : `${path} at ${position}`;
    super("SESSION_CORRUPTED", `Session ${quote(sessionId)} cannot be read: ${reason} (${place}).`, {
      ...options,
      sessionId,
      location: options.location ?? path,
      details: { path, position, reason, ...options.details },
    });
    this.path = path;
    this.position = position;
  }

  static {
    recogniseByCode(this, ["SESSION_CORRUPTED"]);
  }
}

/** SESSION_DELETE_FAILED: the session is there and could not be removed; the cause is attached. */
export class SessionDeleteError extends SessionStoreError {
  constructor(sessionId: string, location: string, options: { readonly cause?: unknown } = {}) {
    super(
      "SESSION_DELETE_FAILED",
      `Session ${quote(sessionId)} could not be deleted from ${location}${because(options.cause)}. It is still there; remove the obstacle and try again.`,
      { sessionId, location, cause: options.cause },
    );
  }

  static {
    recogniseByCode(this, ["SESSION_DELETE_FAILED"]);
  }
}

/** SESSION_LOCKED: the session's lock was not had in time, or is held by the caller itself. */
export class SessionLockError extends SessionStoreError {
  /** How long was waited, in milliseconds. */
  readonly timeoutMs: number;

  constructor(
    sessionId: string,
    timeoutMs: number,
    options: SessionStoreErrorOptions & { readonly message?: string } = {},
  ) {
    super(
      "SESSION_LOCKED",
      options.message ??
        `Session ${quote(sessionId)} is locked by somebody else; waited ${timeoutMs} ms. Try again later, or allow more time with timeoutMs or lockTimeoutMs.`,
      { ...options, sessionId, details: { timeoutMs, ...options.details } },
    );
    this.timeoutMs = timeoutMs;
  }

  static {
    recogniseByCode(this, ["SESSION_LOCKED"]);
  }
}

/** OPERATION_MISMATCH: an `operationId` came again with other content; nothing was changed. */
export class OperationMismatchError extends SessionStoreError {
  readonly operationId: string;

  constructor(sessionId: string, operationId: string) {
    super(
      "OPERATION_MISMATCH",
      `Operation ${quote(operationId)} was already applied to session ${quote(sessionId)} with other content. Use a new operationId for a new append.`,
      { sessionId, details: { operationId } },
    );
    this.operationId = operationId;
  }

  static {
    recogniseByCode(this, ["OPERATION_MISMATCH"]);
  }
}

export type InvalidInputCode = "INVALID_SESSION_ID" | "INVALID_VALUE" | "INVALID_QUERY" | "INVALID_OPTIONS";

/** INVALID_SESSION_ID, INVALID_VALUE, INVALID_QUERY, INVALID_OPTIONS: refused before any I/O; nothing was changed. */
export class InvalidInputError extends SessionStoreError {
  /** Where the offending value sits, for example `messages[0].content`. */
  readonly path: string;

  constructor(
    code: InvalidInputCode,
    message: string,
    options: {
      readonly path: string;
      readonly sessionId?: string;
      readonly location?: string;
      readonly cause?: unknown;
    },
  ) {
    const { path, ...rest } = options;
    super(code, message, { ...rest, details: { path } });
    this.path = path;
  }

  static {
    recogniseByCode(this, ["INVALID_SESSION_ID", "INVALID_VALUE", "INVALID_QUERY", "INVALID_OPTIONS"]);
  }
}

/** STORE_CLOSED: the handle was closed. */
export class StoreClosedError extends SessionStoreError {
  constructor(location: string) {
    super("STORE_CLOSED", `The session store at ${location} is closed. Open it again to go on.`, {
      location,
    });
  }

  static {
    recogniseByCode(this, ["STORE_CLOSED"]);
  }
}

/** STORE_IO: the disk, the file system or the network failed; the cause is attached and nothing is half-written. */
export class StoreIoError extends SessionStoreError {
  constructor(message: string, options: SessionStoreErrorOptions = {}) {
    super("STORE_IO", message, options);
  }

  static {
    recogniseByCode(this, ["STORE_IO"]);
  }
}

/** STORE_INCOMPATIBLE: written by a newer format or schema version, or not a session store at all; left untouched. */
export class StoreIncompatibleError extends SessionStoreError {
  constructor(message: string, options: SessionStoreErrorOptions = {}) {
    super("STORE_INCOMPATIBLE", message, options);
  }

  static {
    recogniseByCode(this, ["STORE_INCOMPATIBLE"]);
  }
}

/** BACKEND_NOT_INSTALLED: the package that serves a URL's scheme is not installed in the application. */
export class BackendNotInstalledError extends SessionStoreError {
  readonly packageName: string;

  constructor(scheme: string, packageName: string, from: string, options: { readonly cause?: unknown } = {}) {
    super(
      "BACKEND_NOT_INSTALLED",
      `No backend for "${scheme}:" can be loaded from ${from}. Install it with "npm install ${packageName}", or add your own with registerBackend().`,
      { details: { scheme, packageName } as Record<string, JsonValue>, location: from, cause: options.cause },
    );
    this.packageName = packageName;
  }

  static {
    recogniseByCode(this, ["BACKEND_NOT_INSTALLED"]);
  }
}

/** An id or name in quotes, escaped so that a message stays on one line and hides nothing. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 120 ? `${text.slice(0, 100)}…` : text);
}

function because(cause: unknown): string {
  // What follows it begins with a full stop.
  return cause instanceof Error ? `: ${cause.message.replace(/\.$/, "")}` : "";
}

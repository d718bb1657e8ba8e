import type * as errors from "./errors.js";
import type { JsonValue } from "./json-value.js";

/** Every code an error of this library can carry. Codes never change between majors; messages may. */
export const SESSION_STORE_ERROR_CODES = [
  "SESSION_NOT_FOUND",
  "SESSION_ALREADY_EXISTS",
  "SESSION_CONFLICT",
  "SESSION_CORRUPTED",
  "SESSION_DELETE_FAILED",
  "SESSION_LOCKED",
  "OPERATION_MISMATCH",
  "INVALID_SESSION_ID",
  "INVALID_VALUE",
  "INVALID_QUERY",
  "INVALID_OPTIONS",
  "STORE_CLOSED",
  "STORE_IO",
  "STORE_INCOMPATIBLE",
  "BACKEND_NOT_INSTALLED",
] as const;

export type SessionStoreErrorCode = (typeof SESSION_STORE_ERROR_CODES)[number];

export interface SessionStoreErrorOptions {
  /** The session the error is about. */
  readonly sessionId?: string | undefined;
  /** The store or file the error is about, as a person would look for it. */
  readonly location?: string | undefined;
  /** Facts for programs; JSON only. */
  readonly details?: Readonly<Record<string, JsonValue>> | undefined;
  /** What failed beneath. */
  readonly cause?: unknown;
}

/** The class of the errors that carry a code, or one of several, and that code. */
export type ErrorOfCode<C extends SessionStoreErrorCode> = ErrorClassOfCode[C] & { readonly code: C };

/** The class of each code. */
interface ErrorClassOfCode {
  readonly SESSION_NOT_FOUND: errors.SessionNotFoundError;
  readonly SESSION_ALREADY_EXISTS: errors.SessionAlreadyExistsError;
  readonly SESSION_CONFLICT: errors.SessionConflictError;
  readonly SESSION_CORRUPTED: errors.SessionCorruptedError;
  readonly SESSION_DELETE_FAILED: errors.SessionDeleteError;
  readonly SESSION_LOCKED: errors.SessionLockError;
  readonly OPERATION_MISMATCH: errors.OperationMismatchError;
  readonly INVALID_SESSION_ID: errors.InvalidInputError;
  readonly INVALID_VALUE: errors.InvalidInputError;
  readonly INVALID_QUERY: errors.InvalidInputError;
  readonly INVALID_OPTIONS: errors.InvalidInputError;
  readonly STORE_CLOSED: errors.StoreClosedError;
  readonly STORE_IO: errors.StoreIoError;
  readonly STORE_INCOMPATIBLE: errors.StoreIncompatibleError;
  readonly BACKEND_NOT_INSTALLED: errors.BackendNotInstalledError;
}

const BRAND: unique symbol = Symbol.for("@agent-sessions/core/SessionStoreError") as never;

/**
 * The one base of every error this library throws. Branch on `code`, or on a subclass with `instanceof`: both hold across two
 * installed copies of this package, because they rest on a registered symbol and the code, not on class identity.
 */
export class SessionStoreError extends Error {
  readonly code: SessionStoreErrorCode;
  readonly sessionId: string | undefined;
  readonly location: string | undefined;
  readonly details: Readonly<Record<string, JsonValue>>;

  constructor(code: SessionStoreErrorCode, message: string, options: SessionStoreErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.sessionId = options.sessionId;
    this.location = options.location;
    this.details = options.details ?? {};
  }

  /** True when `value` is an error of this library, of any installed copy, and has `code` when one is given. */
  static is(value: unknown): value is SessionStoreError;
  static is<C extends SessionStoreErrorCode>(value: unknown, code: C): value is ErrorOfCode<C>;
  static is(value: unknown, code?: SessionStoreErrorCode): value is SessionStoreError {
    return isBranded(value) && (code === undefined || value.code === code);
  }

  /** A JSON-safe view, without the stack; the cause is reduced to its text. */
  toJSON(): { [key: string]: JsonValue } {
    const cause = this.cause;
    return {
      name: this.name,
      code: this.code,
      message: this.message,
      ...(this.sessionId === undefined ? {} : { sessionId: this.sessionId }),
      ...(this.location === undefined ? {} : { location: this.location }),
      ...(Object.keys(this.details).length === 0 ? {} : { details: this.details }),
      ...(cause === undefined ? {} : { cause: cause instanceof Error ? cause.message : String(cause) }),
    };
  }

  static {
    // `this`, not the class's name: bundlers rename a class that refers to itself, and `name` would show it.
    Object.defineProperty(this.prototype, BRAND, { value: true });
    recogniseByCode(this, null);
  }
}

/**
 * Makes `instanceof errorClass` true for branded errors with one of `codes` (null: any code), whichever copy of the package made
 * them. A class derived from it by somebody else keeps the ordinary prototype check.
 */
export function recogniseByCode(errorClass: object, codes: readonly SessionStoreErrorCode[] | null): void {
  Object.defineProperty(errorClass, Symbol.hasInstance, {
    value(this: unknown, value: unknown): boolean {
      if (this !== errorClass) return Function.prototype[Symbol.hasInstance].call(this as never, value);
      return isBranded(value) && (codes === null || codes.includes(value.code));
    },
  });
}

function isBranded(value: unknown): value is SessionStoreError {
  return typeof value === "object" && value !== null && (value as { [BRAND]?: unknown })[BRAND] === true;
}

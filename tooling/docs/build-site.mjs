import { writeFileSync } from "node:fs";
import path from "node:path";
import { Application, Comment, CommentTag, Converter, Logger, LogLevel } from "typedoc";

const SOURCE = "https://github.com/agent-sessions/agent-sessions/blob/main/{path}#L{line}";

const API_GROUP = "API reference";

/** @typedef {import("./public-entries.mjs").PublicEntry} PublicEntry */

/** Keeps what the generator warns of, which is not to be printed and forgotten. */
class ProblemList extends Logger {
  /** @type {string[]} */
  problems = [];

  /**
   * @override
   * @param {string} message
   * @param {LogLevel} level
   */
  log(message, level) {
    if (level >= LogLevel.Warn) this.problems.push(message);
  }
}

/**
 * Builds the site: the API reference from the docstrings of every public entry point, and the pages. It asks for nothing from a network.
 *
 * @param {object} contents
 * @param {string} contents.root
 * @param {readonly PublicEntry[]} contents.entries
 * @param {readonly string[]} contents.staged The pages as Markdown files, the first page of the site first.
 * @param {string} folder Gets the site in `html`, and what it is made from beside it.
 * @returns {Promise<string[]>} Everything that is wrong: sources that do not compile, exports that nothing describes, references that
 *   lead nowhere.
 */
export async function buildSite({ root, entries, staged }, folder) {
  const [readme = "", ...projectDocuments] = staged;
  const app = await Application.bootstrap({
    name: "agent-sessions",
    entryPoints: entries.map(({ source }) => path.join(root, source)),
    tsconfig: writeCompilerOptions(root, entries, folder),
    basePath: root,
    readme,
    projectDocuments,
    disableGit: true,
    sourceLinkTemplate: SOURCE,
    excludePrivate: true,
    excludeInternal: true,
    excludeExternals: true,
    validation: {
      notExported: true,
      invalidLink: true,
      invalidPath: true,
      notDocumented: true,
      rewrittenLink: true,
    },
    sort: ["documents-first", "kind", "alphabetical-ignoring-documents"],
    groupOrder: ["Guides", "Packages", "Examples", "Decisions", "Project", API_GROUP, "*"],
    navigation: { includeGroups: true, excludeReferences: true },
    searchInDocuments: true,
    searchInComments: true,
    highlightLanguages: ["ts", "js", "sh", "console", "json", "jsonl", "yaml", "sql", "text"],
    customCss: path.join(root, "tooling", "docs", "site.css"),
    customJs: path.join(root, "tooling", "docs", "site.js"),
    githubPages: false,
    hideGenerator: true,
  });
  const logger = new ProblemList();
  app.logger = logger;
  describeModules(app, root, entries);
  const project = await app.convert();
  if (project === undefined) return logger.problems;
  app.validate(project);
  await app.generateDocs(project, path.join(folder, "html"));
  return logger.problems;
}

/**
 * Names each module as it is imported, and says what its package is.
 *
 * @param {Application} app
 * @param {string} root
 * @param {readonly PublicEntry[]} entries
 */
function describeModules(app, root, entries) {
  app.converter.on(Converter.EVENT_CREATE_DECLARATION, (context, reflection) => {
    const file = context.getSymbolFromReflection(reflection)?.declarations?.[0]?.getSourceFile().fileName;
    const entry = entries.find(({ source }) => path.resolve(file ?? "") === path.join(root, source));
    if (entry === undefined || reflection.parent?.isProject() !== true) return;
    reflection.name = entry.name;
    reflection.comment ??= new Comment([{ kind: "text", text: entry.description }]);
    reflection.comment.blockTags.push(new CommentTag("@group", [{ kind: "text", text: API_GROUP }]));
  });
}

/**
 * Everything is compiled from the sources, so that what one package says of another's types leads there.
 *
 * @param {string} root
 * @param {readonly PublicEntry[]} entries
 * @param {string} folder
 * @returns {string} The file.
 */
function writeCompilerOptions(root, entries, folder) {
  const file = path.join(folder, "tsconfig.json");
  const sources = entries.map(({ name, source }) => /** @type {const} */ ([name, path.join(root, source)]));
  const options = {
    extends: path.join(root, "tsconfig.base.json"),
    compilerOptions: {
      paths: Object.fromEntries(sources.map(([name, source]) => [name, [source]])),
      typeRoots: [path.join(root, "node_modules", "@types")],
    },
    files: [
      ...sources.map(([, source]) => source),
      path.join(root, "packages/file/src/fs-native-extensions.d.ts"),
    ],
  };
  writeFileSync(file, JSON.stringify(options));
  return file;
}

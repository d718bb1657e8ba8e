import path from "node:path";
import ts from "typescript";

/**
 * @typedef {import("./published-packages.mjs").Entry} Entry
 *
 * @typedef {object} Export
 * @property {ts.Symbol} symbol What is behind the name.
 * @property {string | null} from The package that it is passed on from.
 *
 * @typedef {object} Reach What the declarations of an entry mention that it does not export itself.
 * @property {Set<ts.Symbol>} hidden Declared in the package, and exported by none of its entries.
 * @property {Map<string, Set<string>>} imported Names, by what an application would import them from.
 */

const printer = ts.createPrinter({ removeComments: true });

/**
 * The public types of one package: for each entry, by its specifier, every declaration that an application can name,
 * in alphabetical order and without comments, then what those mention and nobody can name. Built from the published
 * declarations, so that it shows what a user's compiler sees.
 *
 * @param {readonly Entry[]} entries All of one package.
 * @returns {Map<string, string>}
 */
export function apiReport(entries) {
  const program = ts.createProgram(
    entries.map(({ types }) => types),
    {
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      noLib: true,
      types: [],
    },
  );
  const checker = program.getTypeChecker();
  const exported = new Map(entries.map((entry) => [entry.specifier, exportsOf(program, checker, entry)]));
  return new Map(entries.map((entry) => [entry.specifier, reportOn(checker, entry, exported)]));
}

/**
 * What an entry exports, by name.
 *
 * @param {ts.Program} program
 * @param {ts.TypeChecker} checker
 * @param {Entry} entry
 * @returns {Map<string, Export>}
 */
function exportsOf(program, checker, { types }) {
  const file = program.getSourceFile(types);
  const module = file && checker.getSymbolAtLocation(file);
  if (module === undefined)
    throw new Error(`${types} is not there, or exports nothing. Run "npm run build".`);
  /** @type {[string, Export][]} */
  const found = checker.getExportsOfModule(module).map((alias) => {
    const specifier = alias.declarations?.find(ts.isExportSpecifier);
    const local = specifier && checker.getExportSpecifierLocalTargetSymbol(specifier);
    return [
      alias.name,
      { symbol: target(checker, alias), from: moduleOf(alias) ?? (local ? moduleOf(local) : null) },
    ];
  });
  return new Map(found.sort(([a], [b]) => compare(a, b)));
}

/**
 * @param {ts.TypeChecker} checker
 * @param {Entry} entry
 * @param {ReadonlyMap<string, ReadonlyMap<string, Export>>} exported
 */
function reportOn(checker, { specifier, types }, exported) {
  const own = exported.get(specifier) ?? new Map();
  /** @type {Reach} */
  const reach = { hidden: new Set(), imported: new Map() };
  /** @type {Map<ts.Symbol, string>} */
  const names = new Map();
  for (const [from, symbols] of [...exported, /** @type {const} */ ([specifier, own])]) {
    for (const { symbol } of symbols.values()) names.set(symbol, from);
  }
  const folder = path.dirname(types);
  const lines = [...own].map(([name, { symbol, from }]) => {
    if (from !== null) return `export { ${name} } from "${from}";`;
    follow(checker, symbol, { folder, specifier, names }, reach);
    return print(symbol, name);
  });
  const hidden = [...reach.hidden]
    .sort((a, b) => compare(a.name, b.name))
    .map((symbol) => print(symbol, null));
  const imports = [...reach.imported]
    .sort(([a], [b]) => compare(a, b))
    .map(([from, used]) => `import type { ${[...used].sort(compare).join(", ")} } from "${from}";`);
  const sections = [
    imports.join("\n"),
    lines.join("\n\n"),
    ...(hidden.length === 0 ? [] : ["// Not exported, but mentioned above.", hidden.join("\n\n")]),
  ];
  return `${sections.filter((section) => section !== "").join("\n\n")}\n`;
}

/**
 * Adds what the declarations of `symbol` mention, and what that mentions in turn.
 *
 * @param {ts.TypeChecker} checker
 * @param {ts.Symbol} symbol
 * @param {{ folder: string, specifier: string, names: ReadonlyMap<ts.Symbol, string> }} known
 * @param {Reach} reach
 */
function follow(checker, symbol, known, reach) {
  /** @param {ts.Node} node */
  const visit = (node) => {
    const found = ts.isIdentifier(node) ? checker.getSymbolAtLocation(node) : undefined;
    if (found !== undefined) mention(found, target(checker, found));
    ts.forEachChild(node, visit);
  };
  /**
   * @param {ts.Symbol} local
   * @param {ts.Symbol} mentioned
   */
  const mention = (local, mentioned) => {
    const from = known.names.get(mentioned) ?? moduleOf(local);
    if (from === known.specifier) return;
    if (from !== null) {
      reach.imported.set(from, (reach.imported.get(from) ?? new Set()).add(local.name));
    } else if (
      isTopLevel(mentioned) &&
      isDeclaredIn(mentioned, known.folder) &&
      !reach.hidden.has(mentioned)
    ) {
      reach.hidden.add(mentioned);
      follow(checker, mentioned, known, reach);
    }
  };
  for (const declaration of symbol.declarations ?? []) visit(declaration);
}

/**
 * The package that a name was imported or passed on from; null for one of this package's own files.
 *
 * @param {ts.Symbol} local
 */
function moduleOf(local) {
  for (const declaration of local.declarations ?? []) {
    const statement = ts.findAncestor(declaration, isFromAModule);
    const specifier = statement?.moduleSpecifier;
    if (specifier && ts.isStringLiteral(specifier) && !specifier.text.startsWith(".")) return specifier.text;
  }
  return null;
}

/**
 * @param {ts.Node} node
 * @returns {node is ts.ImportDeclaration | ts.ExportDeclaration}
 */
function isFromAModule(node) {
  return ts.isImportDeclaration(node) || ts.isExportDeclaration(node);
}

/**
 * @param {ts.TypeChecker} checker
 * @param {ts.Symbol} symbol
 */
function target(checker, symbol) {
  return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
}

/**
 * @param {ts.Symbol} symbol
 * @param {string} folder
 */
function isDeclaredIn(symbol, folder) {
  const [declaration] = symbol.declarations ?? [];
  return (
    declaration !== undefined &&
    path.resolve(declaration.getSourceFile().fileName).startsWith(folder + path.sep)
  );
}

/** @param {ts.Symbol} symbol */
function isTopLevel(symbol) {
  return (symbol.declarations ?? []).some((declaration) => ts.isSourceFile(statementOf(declaration).parent));
}

/**
 * What stands in the file for a declaration: of a variable, the whole statement.
 *
 * @param {ts.Declaration} declaration
 * @returns {ts.Node}
 */
function statementOf(declaration) {
  return ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
}

/**
 * @param {ts.Symbol} symbol
 * @param {string | null} exportedAs
 */
function print(symbol, exportedAs) {
  const texts = (symbol.declarations ?? []).map((declaration) =>
    printer.printNode(ts.EmitHint.Unspecified, statementOf(declaration), declaration.getSourceFile()),
  );
  if (exportedAs === null) return texts.join("\n");
  const renamed = exportedAs === symbol.name ? [] : [`export { ${symbol.name} as ${exportedAs} };`];
  return [
    ...texts.map((text) => (text.startsWith("export ") || renamed.length > 0 ? text : `export ${text}`)),
    ...renamed,
  ].join("\n");
}

/**
 * @param {string} a
 * @param {string} b
 */
function compare(a, b) {
  return a < b ? -1 : Number(a > b);
}

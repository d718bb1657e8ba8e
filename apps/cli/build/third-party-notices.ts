import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Plugin } from "esbuild";

/** Writes the name, version and licence text of every package of others that is bundled. Fails for one without a licence file. */
export function thirdPartyNotices(target: string): Plugin {
  return {
    name: "third-party-notices",
    setup(build) {
      build.initialOptions.metafile = true;
      build.onEnd(({ metafile }) => {
        if (metafile === undefined) return;
        const bundled = Object.values(metafile.outputs).flatMap(({ inputs }) => Object.keys(inputs));
        const notices = packageFolders(bundled).map(noticeOf).sort();
        // Nothing has been written yet where this is the first build.
        mkdirSync(path.dirname(target), { recursive: true });
        writeFileSync(
          target,
          `The files of this folder contain the following packages.\n\n${notices.join(`\n${"-".repeat(80)}\n\n`)}`,
        );
      });
    },
  };
}

/** `node_modules/.pnpm/a@1/node_modules/a` for each file below it. */
function packageFolders(files: readonly string[]): readonly string[] {
  const folders = files.flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(file)?.[0] ?? []);
  return [...new Set(folders)];
}

function noticeOf(folder: string): string {
  const manifest = readFileSync(path.join(folder, "package.json"), "utf8");
  const { name, version } = JSON.parse(manifest) as { readonly name: string; readonly version: string };
  const file = readdirSync(folder).find((one) => /^(?:licen[cs]e|copying)/i.test(one));
  if (file === undefined) throw new Error(`The package ${name} is bundled, and has no licence file.`);
  return `${name} ${version}\n\n${readFileSync(path.join(folder, file), "utf8").trim()}\n`;
}

// Builds static/dist: one style sheet, one script a page with what they share in chunks, the English sentences of the
// scripts, and swagger-ui as it comes. `npm run build`.
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const require = createRequire(import.meta.url);
const precompile = require("art-template/lib/precompile");
const artRuntime = require.resolve("art-template/lib/runtime");

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);
const dist = join(here, "dist");
const swaggerUi = ["swagger-ui-bundle.js", "swagger-ui-bundle.js.LICENSE.txt", "swagger-ui.css", "LICENSE", "NOTICE"];
const browsers = ["chrome100", "edge100", "firefox100", "safari15"];

/** Turns an .art file into a function at build time: the browser never evaluates text as code. */
const artTemplates = {
  name: "art-template",
  setup(bundler) {
    bundler.onLoad({ filter: /\.art$/ }, ({ path }) => {
      const render = precompile({ filename: path, imports: artRuntime, minimize: true });
      const code = render.toString().replace(/require\("[^"]*runtime\.js"\)/, 'require("art-template/lib/runtime")');
      return { contents: code, loader: "js", resolveDir: root };
    });
  },
};

/** Every file below `folder` whose name ends in one of `endings`. */
function filesBelow(folder, ...endings) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesBelow(path, ...endings);
    return endings.some((ending) => entry.name.endsWith(ending)) ? [path] : [];
  });
}

/** The pairs msgid → msgstr of a gettext catalogue; its strings are quoted like JSON's. */
function readCatalogue(path) {
  const pairs = {};
  for (const block of readFileSync(path, "utf8").split(/\n\s*\n/)) {
    const texts = { msgid: "", msgstr: "" };
    let into = null;
    for (const line of block.split("\n")) {
      const [, keyword, quoted] = /^(msgid |msgstr |)(".*")\s*$/.exec(line) ?? [];
      if (quoted === undefined) continue;
      into = keyword.trim() || into;
      texts[into] += JSON.parse(quoted);
    }
    if (texts.msgid) pairs[texts.msgid] = texts.msgstr;
  }
  return pairs;
}

/** The msgids that the scripts and their templates name. */
function messagesOfScripts() {
  const sources = [...filesBelow(join(here, "js"), ".js"), ...filesBelow(join(root, "templates"), ".art")];
  const calls = /\bN?_\(\s*("(?:[^"\\]|\\.)*")/g;
  return new Set(sources.flatMap((path) => [...readFileSync(path, "utf8").matchAll(calls)].map((m) => JSON.parse(m[1]))));
}

function writeMessages(language) {
  const catalogue = readCatalogue(join(root, `server/locales/${language}/LC_MESSAGES/messages.po`));
  const wanted = [...messagesOfScripts()].sort();
  const missing = wanted.filter((message) => !catalogue[message]);
  if (missing.length) console.warn(`untranslated in ${language}: ${missing.join(" | ")}`);
  const messages = Object.fromEntries(wanted.map((message) => [message, catalogue[message] || message]));
  writeFileSync(join(dist, `messages.${language}.js`), `window.ihomeMessages=${JSON.stringify(messages)};\n`);
}

const common = { bundle: true, minify: true, charset: "utf8", target: browsers, outdir: dist, logLevel: "warning" };

rmSync(dist, { recursive: true, force: true });
const pages = filesBelow(join(here, "js/pages"), ".js");
const { metafile } = await build({
  ...common,
  entryPoints: pages,
  format: "esm",
  splitting: true,
  metafile: true,
  chunkNames: "chunk-[hash]",
  plugins: [artTemplates],
  legalComments: "linked",
});
await build({ ...common, entryPoints: [join(here, "js/theme.js")], format: "iife" });
await build({ ...common, entryPoints: [join(here, "css/app.css")], external: ["*.svg"] });
writeMessages("en");
for (const name of swaggerUi) {
  cpSync(join(dirname(require.resolve("swagger-ui-dist/package.json")), name), join(dist, "swagger-ui", name));
}

for (const [path, { bytes }] of Object.entries(metafile.outputs)) {
  if (path.endsWith(".js")) console.log(`${String(Math.ceil(bytes / 1024)).padStart(5)} kB  ${relative("static", path)}`);
}

import {createHash} from 'node:crypto';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {build} from 'esbuild';
import type {PageData} from './drawing/drawing.ts';

const folder = join(import.meta.dirname, 'page');

/** The page as one file: script, style and data are in it, and its policy forbids it to load or send anything. */
export async function pageOf(data: PageData): Promise<string> {
  const script = await bundle();
  const style = readFileSync(join(folder, 'style.css'), 'utf8');
  const hash = createHash('sha256').update(script).digest('base64');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'sha256-${hash}'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'">
<link rel="icon" href="data:,">
<title>archsearch report</title>
<style>${style}</style>
</head>
<body>
<div id="report"><p class="wide">This report needs JavaScript; it loads nothing from anywhere.</p></div>
<script type="application/json" id="data">${jsonInHtml(data)}</script>
<script>${script}</script>
</body>
</html>
`;
}

/** JSON that no HTML parser can mistake for the end of its element. */
const jsonInHtml = (value: unknown): string => JSON.stringify(value).replaceAll('<', String.raw`\u003c`);

async function bundle(): Promise<string> {
  const {outputFiles} = await build({
    entryPoints: [join(folder, 'main.tsx')],
    bundle: true,
    minify: true,
    write: false,
    format: 'iife',
    target: 'es2023',
    legalComments: 'none',
    charset: 'utf8',
    tsconfig: join(folder, 'tsconfig.json'),
    define: {'process.env.NODE_ENV': '"production"'},
    logLevel: 'silent',
  });
  return outputFiles[0]?.text.trim() ?? '';
}

// SPDX-License-Identifier: Apache-2.0
// Builds the page into dist/: one script and one style sheet to begin with, a piece of script
// for each page that is opened later.  Names carry a digest of what is in them, so that a
// browser may keep them for ever.
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'
import * as esbuild from 'esbuild'

const here = new URL('.', import.meta.url).pathname
const out = here + 'dist'

const options = {
  absWorkingDir: here,
  entryPoints: ['src/main.tsx', 'src/style/style.css'],
  outdir: out,
  outbase: 'src',
  entryNames: '[name]-[hash]',
  chunkNames: 'part-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  target: ['es2022', 'chrome120', 'firefox120', 'safari17'],
  jsx: 'automatic',
  jsxImportSource: 'preact',
  minify: true,
  metafile: true,
  legalComments: 'none',
  charset: 'utf8',
}

/** The name an entry was given, by the end of its source. */
function nameOf(metafile, source) {
  const [path] = Object.entries(metafile.outputs).find(([, o]) => o.entryPoint === source)
  return path.split('/').pop()
}

async function writePage(metafile) {
  const style = nameOf(metafile, 'src/style/style.css')
  const script = nameOf(metafile, 'src/main.tsx')
  const first = [script, ...metafile.outputs['dist/' + script].imports
    .filter((i) => i.kind === 'import-statement').map((i) => i.path.split('/').pop())]
  const preload = first.slice(1).map((f) => `<link rel="modulepreload" href="/${f}">`).join('\n')
  const page = await readFile(here + 'index.html', 'utf8')
  const html = page.replace('<!-- head -->',
    `<link rel="stylesheet" href="/${style}">\n${preload}\n` +
    `<script type="module" src="/${script}"></script>`)
  await writeFile(out + '/index.html', html)

  let octets = gzipSync(html).length
  for (const file of [style, ...first]) octets += gzipSync(await readFile(`${out}/${file}`)).length
  await writeFile(out + '/size.json', JSON.stringify({ first_load_gzip: octets }) + '\n')
  console.log(`web: first load ${octets} octets with gzip`)
}

// The folder itself stays: a hub that serves it has it open.
await mkdir(out, { recursive: true })
for (const old of await readdir(out)) await rm(`${out}/${old}`)
await cp(here + 'static', out, { recursive: true })
const built = await esbuild.build(options)
await writePage(built.metafile)
// Packed once, so that the hub need not do it for each.
for (const name of await readdir(out)) {
  if (/\.(js|css|html|svg)$/.test(name)) await writeFile(`${out}/${name}.gz`, gzipSync(await readFile(`${out}/${name}`), { level: 9 }))
}

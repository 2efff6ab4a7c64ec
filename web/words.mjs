// SPDX-License-Identifier: Apache-2.0
// What the compiler cannot see of the catalogue: half-width kana, empty words, values that one
// language has and the other has not, words too long for a button, words that nobody uses, and
// words in code that should be in the catalogue.
import { readdir, readFile } from 'node:fs/promises'
import { build } from 'esbuild'

const here = new URL('.', import.meta.url).pathname
const { outputFiles } = await build({ entryPoints: [here + 'src/words/words.ts'], bundle: true, write: false, format: 'esm' })
const { words } = await import('data:text/javascript,' + encodeURIComponent(outputFiles[0].text))
const sources = await Promise.all((await readdir(here + 'src', { recursive: true }))
  .filter((f) => /\.tsx?$/.test(f)).map(async (f) => [f, await readFile(here + 'src/' + f, 'utf8')]))
const code = sources.filter(([f]) => !f.startsWith('words/')).map(([, text]) => text).join('\n')

export const complaints = []
const values = (text) => [...text.matchAll(/\{(\w+)\}/g)].map((m) => m[1]).sort().join()
const isUsed = (key) => code.includes(`'${key}'`) ||
  [...code.matchAll(/`([\w.]+\.)\$\{/g)].some(([, start]) => key.startsWith(start))

for (const [key, [en, ja]] of Object.entries(words)) {
  if (!en.trim() || !ja.trim()) complaints.push(`${key}: empty`)
  if (/[\uff61-\uff9f]/.test(ja)) complaints.push(`${key}: half-width kana`)
  if (/[\u3040-\u30ff\u4e00-\u9fff]/.test(en) && key !== 'exercise.word') complaints.push(`${key}: Japanese in the English`)
  if (values(en) !== values(ja)) complaints.push(`${key}: other values in English than in Japanese`)
  if (/^do\./.test(key) && (en.length > 16 || ja.length > 8)) complaints.push(`${key}: too long for a button`)
  if (!isUsed(key)) complaints.push(`${key}: nobody uses it`)
}

/** Words between tags, and in attributes that are read out. */
const bare = [/(?<!=)>\s*([A-Za-z][a-z]+(?: [a-z]+)+)\s*</g, /\b(?:aria-label|title|placeholder|hint|label)="([^"{]*[A-Za-z]{3}[^"]*)"/g, />[^<{}=]*[\u3040-\u30ff\u4e00-\u9fff]+[^<{}]*</g]
for (const [file, text] of sources) {
  if (!file.endsWith('.tsx')) continue
  for (const pattern of bare) {
    for (const found of text.matchAll(pattern)) {
      if (!/関所|sekisho verify|void post/.test(found[0])) complaints.push(`${file}: words outside the catalogue: ${found[0].slice(0, 60)}`)
    }
  }
}

for (const complaint of complaints) console.error(`words: ${complaint}`)
if (complaints.length) process.exit(1)
console.log(`words: ${Object.keys(words).length} entries in two languages`)

// SPDX-License-Identifier: Apache-2.0
// The catalogue is whole, the check of it can fail, and the page is small.
import { spawnSync } from 'node:child_process'
import { access, cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const web = new URL('../../web/', import.meta.url).pathname
const FIRST_LOAD_MAX = 100 * 1024
let count = 0
let failures = 0
function check(name, holds, detail = '') {
  count++
  console.log(`${holds ? 'ok' : 'not ok'} ${count} - ${name}${holds ? '' : '\n# ' + detail}`)
  if (!holds) failures++
}
try {
  await access(web + 'node_modules/esbuild')
  await access(web + 'dist/size.json')
} catch {
  console.log('1..0 # SKIP the page is not built (make web)')
  process.exit(0)
}

const run = (folder) => spawnSync(process.execPath, [join(folder, 'words.mjs')], { encoding: 'utf8' })
const whole = run(web)
check('each word is there in both languages and in use', whole.status === 0, whole.stderr)

const folder = await mkdtemp(join(tmpdir(), 'sekisho-words-'))
await cp(web + 'src', join(folder, 'src'), { recursive: true })
await cp(web + 'words.mjs', join(folder, 'words.mjs'))
await cp(web + 'package.json', join(folder, 'package.json'))
await symlink(web + 'node_modules', join(folder, 'node_modules'))
const frame = join(folder, 'src/words/frame.ts')
const good = await readFile(frame, 'utf8')
for (const [what, from, to] of [
  ['half-width kana', '再試行', '\uff8a\uff8c\uff9e'], ['an empty word', "['Yes', 'はい']", "['Yes', '']"], ['a value that one language lacks', '未読 {count} 件', '未読'],
  ['a word that nobody uses', "'yes':", "'never_used': ['A', 'あ'],\n  'yes':"], ['a button of too many letters', "'再試行'", "'もう一度最初から試してみる'"],
]) {
  await writeFile(frame, good.replace(from, to))
  check(`${what} is refused`, good.includes(from) && run(folder).status === 1)
}
await writeFile(frame, good)
const home = join(folder, 'src/pages/home.tsx')
await writeFile(home, (await readFile(home, 'utf8')).replace('<Page title', '<p>words in code</p><Page title'))
check('words in code are refused', run(folder).status === 1)
await rm(folder, { recursive: true })

const entries = await readFile(web + 'src/words/entries.ts', 'utf8')
const [ofFields, ofKinds] = entries.split('entryFieldWords').reverse()
const [inFields, inKinds] = (await readFile(new URL('../../src/proof/entry.c', import.meta.url), 'utf8')).split('} kinds[ENTRY_KINDS]')
for (const [what, program, table] of [['kinds', inKinds, ofKinds], ['fields', inFields, ofFields]]) {
  const names = [...program.matchAll(/\[ENTRY_\w+\] = \{\s*"(\w+)"/g)].map((m) => m[1])
  const unnamed = names.filter((name) => !new RegExp(`^  ${name}: \\['[^']+', '[^']+'\\],$`, 'm').test(table))
  check(`each of ${names.length} ${what} of ledger entries has a name in both languages`, names.length > 40 && unnamed.length === 0, unnamed.join(' '))
}

const size = JSON.parse(await readFile(web + 'dist/size.json', 'utf8')).first_load_gzip
check(`the first load is at most 100 KB with gzip (${size})`, size > 1000 && size <= FIRST_LOAD_MAX, String(size))
const html = await readFile(web + 'dist/index.html', 'utf8')
check('the page has no script or style inside', !/<script(?![^>]*src=)|<style|\son\w+=|style=/.test(html))
check('it says what to do without JavaScript, in both languages', /<noscript>[\s\S]*JavaScript が必要[\s\S]*needs JavaScript/.test(html))
console.log(`1..${count}`)
process.exit(failures ? 1 : 0)

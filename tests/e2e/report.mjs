// SPDX-License-Identifier: Apache-2.0
// The HTML report in a real browser: node report.mjs PAGE.html [SCREENSHOT_FOLDER]
// Exit code 77 (skipped) where node's modules or Chromium are not there; `npm ci` in this
// folder brings the modules.
import { access, copyFile, mkdtemp, readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const chromiumPath = '/usr/bin/chromium'
let chromium, axeSource
try {
  chromium = (await import('playwright-core')).chromium
  axeSource = await readFile(createRequire(import.meta.url).resolve('axe-core'), 'utf8')
  await access(chromiumPath)
} catch (error) {
  console.log(`SKIP: ${error.message.split('\n')[0]}`)
  process.exit(77)
}

let failures = 0
function check(name, holds, detail = '') {
  console.log(`${holds ? 'ok' : 'not ok'} - ${name}${holds ? '' : ': ' + detail}`)
  if (!holds) failures++
}

const [source, shots] = process.argv.slice(2)
const folder = await mkdtemp(join(tmpdir(), 'sekisho-e2e-'))
const page_path = join(folder, 'report.html')
await copyFile(source, page_path)
const browser = await chromium.launch({
  executablePath: chromiumPath,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
         '--disable-background-networking', '--disable-component-update', '--disable-sync'],
})

async function openPage(options) {
  const context = await browser.newContext(options)
  const page = await context.newPage()
  page.seen = { requests: [], complaints: [], dialogs: 0 }
  page.on('request', (request) => page.seen.requests.push(request.url()))
  page.on('console', (message) => page.seen.complaints.push(message.text()))
  page.on('pageerror', (error) => page.seen.complaints.push(String(error)))
  page.on('dialog', (dialog) => { page.seen.dialogs++; dialog.dismiss() })
  await page.goto('file://' + page_path)
  return page
}

async function checkAxe(page, name) {
  await page.evaluate(axeSource)
  const result = await page.evaluate(() => window.axe.run())
  const found = result.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).slice(0, 2)}`)
  check(`axe-core finds nothing, ${name}`, found.length === 0, found.join('\n  '))
}

const wide = { viewport: { width: 1280, height: 900 } }
const page = await openPage(wide)
check('nothing else is fetched', page.seen.requests.length === 1, page.seen.requests.join(' '))
check('the policy lets the style in and the browser has no complaint',
  page.seen.complaints.length === 0, page.seen.complaints.join(' '))
check('names from input do not run', page.seen.dialogs === 0)
const language = await page.evaluate(() => document.documentElement.lang)
const other = language === 'en' ? 'ja' : 'en'
async function checkShown(name, wanted, unwanted) {
  const shown = (tag) => page.locator(`h2 .w[lang=${tag}]`).first().isVisible()
  check(name, (await shown(wanted)) && !(await shown(unwanted)))
}
await checkShown(`only the page's own language (${language}) is shown`, language, other)
await checkAxe(page, language)
if (shots) await page.screenshot({ path: join(shots, `${language}.png`), fullPage: true })

await page.keyboard.press('Tab')
check('the skip link comes first', await page.evaluate(
  () => document.activeElement.classList.contains('skip')))
await page.keyboard.press('Tab')
await page.keyboard.press('ArrowRight')
await checkShown(`the keyboard changes to the other (${other})`, other, language)
await checkAxe(page, other)
if (shots) await page.screenshot({ path: join(shots, `${other}.png`), fullPage: true })

const dark = await openPage({ ...wide, colorScheme: 'dark' })
await checkAxe(dark, 'dark')
if (shots) await dark.screenshot({ path: join(shots, 'dark.png'), fullPage: true })

const narrow = await openPage({ viewport: { width: 320, height: 640 } })
check('a page of 320 pixels does not scroll sideways', await narrow.evaluate(
  () => document.documentElement.scrollWidth <= 320), 'it does')
await checkAxe(narrow, '320 pixels wide')
if (shots) await narrow.screenshot({ path: join(shots, 'narrow.png'), fullPage: true })

await page.emulateMedia({ media: 'print' })
check('the language switch is not printed', !(await page.locator('fieldset').isVisible()))
if (shots) await page.pdf({ path: join(shots, 'print.pdf'), format: 'A4' })

const plain = await openPage({ ...wide, javaScriptEnabled: false })
check('it works without script', await plain.locator(`h2 .w[lang=${language}]`).first().isVisible())

await browser.close()
await rm(folder, { recursive: true })
process.exit(failures ? 1 : 0)

// SPDX-License-Identifier: Apache-2.0
// Every page in both languages: axe, no sideways scrolling at 320 pixels, nothing asked for
// elsewhere, no violation of the policy, no key of the catalogue shown.
// node pages.mjs [SCREENSHOT_FOLDER]
import { mkdir } from 'node:fs/promises'
import { axe, check, finish, isWide, launch, openPage, settle, signIn, start, visit } from './browser.mjs'

const pages = {
  analyst: {
    home: '/', records: '/records', 'records-filtered': '/records?procedure=infrastructure&q=198', record: '/records/I-2026-000001',
    timeline: '/records/I-2026-000001/timeline', 'record-findings': '/records/I-2026-000001/findings', graph: '/records/I-2026-000001/graph',
    effect: '/records/I-2026-000001/effect', tasks: '/records/I-2026-000001/tasks', notes: '/records/I-2026-000001/notes', files: '/records/I-2026-000001/files',
    audit: '/records/I-2026-000001/audit', step: '/records/I-2026-000001/step/assess', 'step-not': '/records/I-2026-000001/step/merge',
    new: '/records/new?procedure=infrastructure&findings=F-000001', 'new-choose': '/records/new', findings: '/findings', finding: '/findings/F-000001', flows: '/flows?about=203.0.113.7',
    situation: '/situation', search: '/search?q=198.51.100', notices: '/notices', account: '/account', nowhere: '/nowhere',
  },
  chair: { 'home-chair': '/', ballot: '/records/M-2026-000002/ballot' },
  inspector: {
    warrants: '/warrants', warrant: '/warrants/W-2026-000001', ledger: '/inspect', replay: '/inspect/replay?person=1&at=2026-11-01T00:00:00Z',
    sample: '/inspect/sample?seed=7&count=20', statistics: '/inspect/statistics', export: '/inspect/export', entry: '/ledger/7',
  },
  admin: { 'home-empty': '/', sensors: '/sensors', sensor: '/sensors/s2', organisations: '/organisations', people: '/people', person: '/people/1' },
}

const shots = process.argv[2]
if (shots) await mkdir(shots, { recursive: true })
const fixture = await start()
const browser = await launch()

async function lookIn(page, name, language) {
  await page.click(`.languages button[lang=${language}]`)
  await settle(page)
  const found = await axe(page)
  check(`${name} (${language}): axe finds nothing serious`, found.length === 0, found.join('\n'))
  const text = await page.evaluate(() => document.body.innerText)
  const keys = text.match(/\b(records?|home|nav|list|vote|file|why|inspect|step)\.[a-z_.]+\b/g)
  check(`${name} (${language}): words, not keys`, !keys && !/undefined|\[object/.test(text), keys ?? 'undefined or [object')
  for (const [wide, high] of [[1280, 900], [320, 640]]) {
    await page.setViewportSize({ width: wide, height: high })
    const over = await isWide(page)
    check(`${name} (${language}): ${wide} pixels do not scroll sideways`, !over, over)
    if (shots) await page.screenshot({ path: `${shots}/${name}-${language}-${wide}.png`, fullPage: true })
  }
  await page.setViewportSize({ width: 1280, height: 900 })
}

async function look(page, name, path) {
  if (path) await visit(page, path)
  await lookIn(page, name, 'ja')
  await lookIn(page, name, 'en')
}

for (const [person, list] of Object.entries(pages)) {
  const page = await openPage(browser, fixture.origin)
  if (person === 'analyst') {
    await page.goto(fixture.origin + '/')
    await page.waitForSelector('h1')
    await look(page, 'sign-in')
    await look(page, 'setup', '/setup#token')
  }
  await signIn(page, person)
  for (const [name, path] of Object.entries(list)) await look(page, name, path)
  check(`${person}: nothing is asked for elsewhere`, page.seen.elsewhere.length === 0, page.seen.elsewhere.join('\n'))
  check(`${person}: the policy has nothing to refuse`, page.seen.violations.length === 0, page.seen.violations.join('\n'))
  check(`${person}: no script fails`, page.seen.errors.length === 0, page.seen.errors.join('\n'))
  await page.context().close()
}
await finish(browser, fixture)

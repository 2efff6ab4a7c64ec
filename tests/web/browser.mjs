// SPDX-License-Identifier: Apache-2.0
// What the tests of the page share: Debian's Chromium, a page that writes down all it asked for
// and complained of, signing in, axe, and TAP.  Without node's modules (npm ci in web/ and in
// tests/e2e), the built page or Chromium the tests are skipped and say so.
import { access, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'

const root = new URL('../..', import.meta.url).pathname
const require = createRequire(root + 'tests/e2e/package.json')
const chromiumPath = '/usr/bin/chromium'

export function skip(why) {
  console.log(`1..0 # SKIP ${why}`)
  process.exit(0)
}

let chromium, axeSource, fixture
try {
  chromium = require('playwright-core').chromium
  axeSource = await readFile(require.resolve('axe-core'), 'utf8')
  await access(chromiumPath)
  await access(root + 'web/dist/index.html')
  fixture = await import(root + 'web/fixture/server.mjs')
} catch (error) {
  skip(error.message.split('\n')[0])
}
export const start = fixture.start
export { root }

let count = 0
let failures = 0
export function check(name, holds, detail = '') {
  count++
  console.log(`${holds ? 'ok' : 'not ok'} ${count} - ${name}`)
  if (holds) return
  failures++
  for (const line of String(detail).split('\n').slice(0, 12)) console.log(`# ${line}`)
}

export async function finish(browser, ...servers) {
  await browser.close()
  for (const { server } of servers) server.closeAllConnections?.() ?? server.close()
  for (const { server } of servers) server.close()
  console.log(`1..${count}`)
  process.exit(failures ? 1 : 0)
}

export const launch = () => chromium.launch({
  executablePath: chromiumPath,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
})

/** A page of its own context; what it asked for elsewhere and complained of is kept in seen. */
export async function openPage(browser, origin, { language = 'en', ...options } = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, timezoneId: 'Asia/Tokyo', locale: language, ...options })
  const page = await context.newPage()
  page.origin = origin
  page.seen = { elsewhere: [], violations: [], errors: [], dialogs: 0 }
  await page.addInitScript(() => {
    window.violations = []
    addEventListener('securitypolicyviolation', (e) => window.violations.push(`${e.violatedDirective} ${e.blockedURI}`))
  })
  page.on('request', (r) => { if (!r.url().startsWith(origin) && !/^(data|blob):/.test(r.url())) page.seen.elsewhere.push(r.url()) })
  page.on('console', (m) => {
    if (/Content Security Policy|Trusted/i.test(m.text())) page.seen.violations.push(m.text())
    else if (m.type() === 'error' && !/status of 4\d\d/.test(m.text())) page.seen.errors.push(m.text())
  })
  page.on('pageerror', (e) => page.seen.errors.push(String(e)))
  page.on('dialog', (d) => { page.seen.dialogs++; void d.dismiss() })
  await page.addInitScript((l) => { if (!localStorage.getItem('sekisho.language')) localStorage.setItem('sekisho.language', l) }, language)
  return page
}

export async function signIn(page, name) {
  await page.goto(page.origin + '/')
  await page.fill('#name', name)
  await page.fill('#password', 'correct horse battery')
  await page.keyboard.press('Enter')
  await page.waitForSelector('nav.side', { state: 'attached' })
}

/** Goes to a path in the running page and waits until it has loaded what it shows. */
export async function visit(page, path) {
  await page.goto(page.origin + path)
  await settle(page)
}

export async function settle(page) {
  await page.waitForSelector('main h1')
  await page.waitForFunction(() => !document.querySelector('main .waiting'), null, { timeout: 15000 })
}

export async function axe(page) {
  await page.evaluate(`(() => { ${axeSource} })()`).catch(() => page.addScriptTag({ content: axeSource }))
  const result = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }))
  return result.violations.filter((v) => ['serious', 'critical'].includes(v.impact))
    .map((v) => `${v.id}: ${v.nodes.map((n) => n.html + ' ' + (n.any[0]?.message ?? '')).slice(0, 3).join('\n  ')}`)
}

/** A virtual security key that says yes, by Chromium's own tools (CDP WebAuthn). */
export async function addKey(page) {
  const cdp = await page.context().newCDPSession(page)
  await cdp.send('WebAuthn.enable')
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
  })
  return { cdp, authenticatorId }
}

export const isWide = (page) => page.evaluate(() => document.documentElement.scrollWidth > innerWidth + 1
  ? [...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('.scroll, pre, .hidden, .skip')).slice(0, 4).map((e) => e.outerHTML.slice(0, 120)).join('\n') || 'page'
  : '')

// SPDX-License-Identifier: Apache-2.0
// Signing in with one's organisation in a real browser: from the hub's page to a certified provider
// on another site, over TLS, and home, signed in by a cookie that no other site makes a browser
// send.  What goes wrong on the way is told in the page.  node oidc.mjs SEKISHO
import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { browse, certify, clientSecret, missing, startProvider } from '../identity/provider.mjs'
import { axe, check, finish, launch, openPage, root, skip } from './browser.mjs'

const sekisho = process.argv[2]
if (!sekisho) skip('no program given')
if (missing) skip(missing)
const PASSWORD = 'correct horse battery'
const folder = await mkdtemp(join(tmpdir(), 'sekisho-web-oidc-'))
process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0' // of the requests of this test
process.removeAllListeners('warning')

const port = await new Promise((done) => {
  const server = createServer().listen(0, '127.0.0.1', () => { const at = server.address().port; server.close(() => done(at)) })
})
const origin = `https://localhost:${port}` // and the provider at 127.0.0.1, another site
const back = `${origin}/api/v1/session/oidc/callback`
const own = certify(folder, 'provider')
const { issuer, socket } = await startProvider(back, own)
await writeFile(join(folder, 'secret'), clientSecret)
const hub = spawn(sekisho, ['hub', 'serve', '--listen', `127.0.0.1:${port}`, '--certificate', own.path, '--key', join(folder, 'provider.key'), '--origin', origin, '--web', root + 'web/dist', '--exercise', '--quiet',
  '--oidc-issuer', issuer, '--oidc-client', 'sekisho-RS256', '--oidc-secret-file', join(folder, 'secret'), '--oidc-authority', own.path, join(folder, 'hub')])
process.on('exit', () => hub.kill()) // also where a step throws
let said = ''
hub.stdout.on('data', (d) => { said += d })
hub.stderr.on('data', (d) => { said += d })
for (let i = 0; i < 200 && !/setup#\S+/.test(said); i++) await new Promise((r) => setTimeout(r, 50))

let cookie = ''
let csrf = ''
async function call(method, path, body, more = {}) {
  const answer = await fetch(`${origin}/api/v1${path}`, { method, body: body && JSON.stringify(body), redirect: 'manual',
    headers: { 'Content-Type': 'application/json', Cookie: cookie, 'Sekisho-CSRF': csrf, ...more } })
  return { answer, json: await answer.json().catch(() => null) }
}
const first = await call('POST', '/setup', { token: /setup#(\S+)/.exec(said)?.[1], name: 'admin', display: 'Administrator', password: PASSWORD })
cookie = first.answer.headers.get('set-cookie').split(';')[0]
csrf = first.json.csrf
const { json: made } = await call('POST', '/people', { name: 'hanako', display: '分析 花子', organisation: '1' })
const { answer: read } = await call('GET', `/people/${made.id}`)
const linked = await call('PATCH', `/people/${made.id}`, { outside: `${issuer} hanako` }, { 'If-Match': read.headers.get('etag') })
check('an administrator links a person to the provider', linked.answer.status === 200, JSON.stringify(linked.json))

const browser = await launch()
async function open(language) {
  const page = await openPage(browser, origin, { language, ignoreHTTPSErrors: true })
  await page.route('https://fonts.googleapis.com/**', (route) => route.fulfill({ contentType: 'text/css', body: '' })) // the provider's
  return page
}

/** By the page's link, as a person does it. */
async function signInAtProvider(page, words, login) {
  await page.goto(`${origin}/`)
  await page.getByRole('link', { name: words }).click()
  await page.fill('input[name=login]', login)
  await page.fill('input[name=password]', 'any')
  await page.click('button[type=submit]')
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.waitForURL((url) => url.origin === origin)
  await page.waitForSelector('main h1')
}

const page = await open('ja')
await signInAtProvider(page, '組織のアカウントでログイン', 'hanako')
await page.waitForSelector('nav.side', { state: 'attached' })
check('by the provider a person comes home signed in', page.url() === `${origin}/` && /分析 花子/.test(await page.textContent('header')), await page.textContent('body'))
if (process.env.SCREENSHOTS) await page.screenshot({ path: join(process.env.SCREENSHOTS, 'oidc-home.png') })
const cookies = (await page.context().cookies()).filter((c) => c.domain === 'localhost')
check('one cookie is left, that comes from no other site', cookies.length === 1 && cookies[0].name === '__Host-sekisho' && cookies[0].sameSite === 'Strict' && cookies[0].httpOnly && cookies[0].secure, JSON.stringify(cookies))
await page.reload()
await page.waitForSelector('nav.side', { state: 'attached' })
await page.goto(`${back}?code=a&state=b&iss=${issuer}`)
await page.waitForSelector('nav.side', { state: 'attached' })
check('an answer that comes late finds him at home', page.url() === `${origin}/`, page.url())

const asked = await fetch(`${origin}/api/v1/session/oidc/start`, { redirect: 'manual' })
const answer = new URLSearchParams(await browse(asked.headers.get('location'), back, { login: 'hanako' }))
const victim = await open('en')
await victim.goto(issuer + '/nowhere')
await victim.evaluate((to) => { location.href = to }, `${back}?${answer}`)
await victim.waitForSelector('.banner.error')
check('an answer to somebody else’s browser signs nobody in', /another browser/.test(await victim.textContent('main')) && !(await victim.$('nav.side')))
const stray = await open('ja')
await signInAtProvider(stray, '組織のアカウントでログイン', 'mallory')
check('who is not linked is told whom to ask', /関連付け/.test(await stray.textContent('.banner.error')), await stray.textContent('main'))
if (process.env.SCREENSHOTS) await stray.screenshot({ path: join(process.env.SCREENSHOTS, 'oidc-unknown.png') })
const found = await axe(stray)
check('axe finds nothing serious there', found.length === 0, found.join('\n'))
await stray.fill('#name', 'admin')
await stray.fill('#password', PASSWORD)
await stray.keyboard.press('Enter')
await stray.waitForSelector('nav.side', { state: 'attached' })
check('and signs in another way, at home', stray.url() === `${origin}/`, stray.url())
for (const one of [page, victim, stray]) check('nothing was refused by the policy or failed', !one.seen.violations.length && !one.seen.errors.length, JSON.stringify(one.seen))

hub.kill()
await new Promise((done) => hub.once('exit', done))
socket.closeAllConnections()
await rm(folder, { recursive: true })
await finish(browser, { server: socket })

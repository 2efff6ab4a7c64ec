// SPDX-License-Identifier: Apache-2.0
// The page against the real hub, in an exercise: people are invited, a measure is drafted and
// asked for by two of them, members vote with virtual authenticators until there is a warrant,
// and an inspector proves the entry of a vote.  node hub.mjs SEKISHO
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { addKey, axe, check, finish, launch, openPage, root, settle, signIn, skip } from './browser.mjs'

const sekisho = process.argv[2]
if (!sekisho) skip('no program given')
const PASSWORD = 'correct horse battery'
const folder = await mkdtemp(join(tmpdir(), 'sekisho-web-hub-'))

const port = await new Promise((done) => {
  const server = createServer().listen(0, '127.0.0.1', () => { const at = server.address().port; server.close(() => done(at)) })
})
const origin = `http://localhost:${port}`
const hub = spawn(sekisho, ['hub', 'serve', '--listen', `127.0.0.1:${port}`, '--origin', origin, '--web', root + 'web/dist', '--exercise', '--quiet', join(folder, 'hub')])
let said = ''
hub.stdout.on('data', (d) => { said += d })
hub.stderr.on('data', (d) => { said += d })
for (let i = 0; i < 200 && !/setup#\S+/.test(said); i++) await new Promise((r) => setTimeout(r, 100))
const token = /setup#(\S+)/.exec(said)?.[1]
check('the hub starts on an empty folder and gives a link', !!token, said)

/** The API as a program uses it, for what the page is not tried on here. */
class Client {
  cookie = ''
  csrf = ''
  async call(method, path, body) {
    const answer = await fetch(`${origin}/api/v1${path}`, { method, body: JSON.stringify(body), headers: {
      'Content-Type': 'application/json', Cookie: this.cookie, 'Sekisho-CSRF': this.csrf, Origin: origin, 'Idempotency-Key': crypto.randomUUID() } })
    this.cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? this.cookie
    const read = await answer.json()
    this.csrf = read.csrf ?? this.csrf
    return read
  }
}

const browser = await launch()
const open = async (page, path) => { await page.goto(origin + path); await settle(page) }
const send = async (page) => { await page.click('main form button[type=submit].primary'); await page.waitForTimeout(600); await settle(page) }
const told = (page) => page.textContent('main')

/* the first administrator, by the page */
const admin = await openPage(browser, origin)
await admin.goto(`${origin}/setup#${token}`)
await admin.fill('#name', 'admin')
await admin.fill('#display', '管理 五月')
await admin.fill('#password', PASSWORD)
await admin.keyboard.press('Enter')
await admin.waitForSelector('nav.side', { state: 'attached' })
check('the link makes the first administrator', admin.url() === `${origin}/`)

const client = new Client()
await client.call('POST', '/session/password', { name: 'admin', password: PASSWORD })
for (const [name, role] of [['operator', 'exercise-operator'], ['minister', 'prime-minister'], ['chair', 'exercise-controller'], ['member', 'commission'], ['member2', 'commission'], ['inspector', 'inspector']]) {
  const { id } = await client.call('POST', '/people', { name, display: name, organisation: '1' })
  await client.call('POST', `/people/${id}/roles`, { role, organisation: '1' })
  const { link } = await client.call('POST', `/people/${id}/invitation`, {})
  await new Client().call('POST', '/setup', { token: link.split('#')[1], password: PASSWORD })
}

/** Fills what a step asks for, whatever it is, and takes it. */
async function step(page, record, event) {
  await open(page, `/records/${record}/step/${event}`)
  for (let turn = 0; turn < 5 && page.url().includes('/step/'); turn++) {
    if (await page.$('#confirm')) await page.fill('#confirm', record.slice(-4))
    for (const field of await page.$$('main form .field :is(input, textarea, select)[id^="f-"]')) {
      const id = await field.getAttribute('id')
      if (id === 'f-selectors') await field.fill(await readFile(root + 'selectors/exercise-attack.selector', 'utf8').then(current))
      else if (!(await field.inputValue())) await field.fill('because of findings 1 to 14')
    }
    await send(page)
  }
  return !page.url().includes('/step/')
}
const day = (n) => new Date(Date.now() + n * 86400e3).toISOString().slice(0, 10)
const current = (selector) => selector.replace(/valid .*/, `valid ${day(-2)} to ${day(20)}`)

const operator = await openPage(browser, origin)
await signIn(operator, 'operator')
await open(operator, '/records/new?procedure=measure')
await operator.fill('#title', 'Selection at exchange A')
await send(operator)
const record = operator.url().split('/').pop()
check('a measure is begun', /^M-\d{4}-\d+$/.test(record), record)
check('its standard is set', await step(operator, record, 'set_standard'), await told(operator))

const minister = await openPage(browser, origin)
await signIn(minister, 'minister')
await open(minister, `/records/${record}/edit`)
for (const [field, at] of [['from', day(1)], ['until', day(10)]]) {
  const [year, month, date] = at.split('-')
  for (const [part, value] of [['', year], ['-month', month], ['-day', date], ['-clock', '09:00']]) await minister.fill(`#f-${field}${part}`, value)
}
await minister.fill('#f-capacity', '１０００００００')
await minister.fill('#f-share', '100')
await send(minister)
check('approval is asked for by another person', await step(minister, record, 'submit'), await told(minister))

async function vote(name) {
  const page = await openPage(browser, origin)
  await addKey(page)
  await signIn(page, name)
  await open(page, '/account')
  await page.fill('#passkey-name', 'key')
  await page.getByRole('button', { name: 'Add a passkey' }).click()
  await page.waitForSelector('text=The passkey is ready.')
  await open(page, `/records/${record}/ballot`)
  await page.waitForSelector('text=this browser computed the same')
  await page.check('input[name=vote][value=approve]')
  await page.fill('#reason', `seen by ${name}`)
  await page.getByRole('button', { name: 'Confirm with your passkey' }).click()
  await page.waitForFunction(() => ![...document.querySelectorAll('button')].some((b) => /Confirm with/.test(b.textContent)))
  const kept = await page.inputValue('#reason')
  await page.click('.decision button[type=submit]')
  await page.waitForFunction(() => /Your vote is in|no vote open/.test(document.querySelector('main').textContent))
  const found = await axe(page)
  check(`${name} votes with a passkey, and what was typed outlived signing in again`, kept === `seen by ${name}`, kept)
  check(`axe finds nothing serious after ${name}'s vote`, found.length === 0, found.join('\n'))
  await page.context().close()
}
for (const name of ['member', 'member2', 'chair']) await vote(name)
await open(minister, `/records/${record}`)
check('with the quorum the measure is approved', /approved/i.test(await minister.textContent('.heading')), await told(minister))

const inspector = await openPage(browser, origin)
await signIn(inspector, 'inspector')
await open(inspector, `/warrants/${record}`)
const warrant = await told(inspector)
check('the warrant is signed by three passkeys, and told in both languages', (warrant.match(/webauthn:/g) ?? []).length === 3 && /選別条件「/.test(warrant) && /answers for it/.test(warrant), warrant)
await open(inspector, `/records/${record}/timeline`)
await inspector.click('main a[href^="/ledger/"]')
await inspector.waitForSelector('text=The entry is in the log', { timeout: 15000 }).catch(() => {})
check('an entry of it is proved in the browser', /The entry is in the log/.test(await told(inspector)), await told(inspector))
for (const page of [admin, operator, minister, inspector]) {
  check('nothing was refused by the policy, asked for elsewhere or failed', !page.seen.violations.length && !page.seen.elsewhere.length && !page.seen.errors.length,
    JSON.stringify(page.seen))
}
hub.kill()
await new Promise((done) => hub.once('exit', done))
await rm(folder, { recursive: true })
await finish(browser)

// SPDX-License-Identifier: Apache-2.0
// The story once more, in a real browser against the real hub: the first administrator's link, a
// case from what a sensor found, a measure that another person submits, three votes with virtual
// security keys, the warrant, and the inspector's place.  STORY_PICTURES=FOLDER keeps pictures of
// each page in both languages.
// usage: browser.mjs SEKISHO
import { spawn } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { addKey, axe, check, finish, launch, openPage, root, settle, signIn, skip, visit } from '../web/browser.mjs'

const pictures = process.env.STORY_PICTURES
if (pictures) await mkdir(pictures, { recursive: true })
if (process.argv.length < 3) skip('no program was named')

const stage = spawn('python3', [root + 'tests/story/stage.py', process.argv[2], root + 'web/dist'], { stdio: ['pipe', 'pipe', 'inherit'] })
const lines = createInterface({ input: stage.stdout })[Symbol.asyncIterator]()
const told = async () => JSON.parse((await lines.next()).value ?? '{}')
const { origin, link } = await told()
const browser = await launch()
const complaints = []

/** A page's own context; what it complains of is told at the end. */
async function open(name) {
  const page = await openPage(browser, origin, {})
  page.setDefaultTimeout(20000)
  page.who = name
  return page
}

async function close(page) {
  const found = [...page.seen.errors, ...page.seen.violations, ...page.seen.elsewhere, ...(await page.evaluate(() => window.violations))]
  complaints.push(...found.map((f) => `${page.who}: ${f}`))
  await page.context().close()
}

/** The page as it is, in both languages: no word is missing, nothing is hard to reach. */
async function look(page, name) {
  for (const language of ['ja', 'en']) {
    await page.evaluate((l) => localStorage.setItem('sekisho.language', l), language)
    await page.reload()
    await settle(page)
    if (pictures) await page.screenshot({ path: `${pictures}/${name}-${language}.png`, fullPage: true })
    const found = await axe(page)
    check(`axe finds nothing serious: ${name} (${language})`, found.length === 0, found.join('\n'))
  }
}

const text = (page) => page.textContent('main')
const submit = (page) => page.click('main form button[type=submit].primary')
const unfold = (page) => page.evaluate(() => document.querySelectorAll('main form details').forEach((d) => { d.open = true }))

/** A moment in the boxes of a field, in the zone of the browser. */
async function fillMoment(page, id, after) {
  const [date, clock] = new Date(Date.now() + after + 9 * 3600e3).toISOString().slice(0, 16).split('T')
  const [year, month, day] = date.split('-')
  for (const [part, value] of [['', year], ['-month', month], ['-day', day], ['-clock', clock]]) await page.fill(`#${id}${part}`, value)
}

async function fillAll(page, fields) {
  for (const [id, value] of Object.entries(fields)) await page.fill(`#f-${id}`, value)
}

const idOf = (page) => new URL(page.url()).pathname.split('/')[2]

/** Takes a step in its page; a weighty one asks for the end of the record's number. */
async function take(page, record, event, state) {
  await visit(page, `/records/${record}/step/${event}`)
  await submit(page)
  await page.waitForSelector(`#confirm, main .state:has-text("${state}"), main h1`)
  await page.waitForTimeout(300)
  if (await page.isVisible('#confirm')) {
    await page.fill('#confirm', record.slice(-4))
    await submit(page)
  }
  await page.waitForURL(new RegExp(`/records/${record}$`))
  await settle(page)
}

const stateOf = (page, record) => page.evaluate(async (id) => (await (await fetch(`/api/v1/records/${id}`)).json()).state, record)

/** The state, once it is that one, or the one it stays in. */
async function become(page, record, wanted) {
  for (let i = 0; i < 100 && (await stateOf(page, record)) !== wanted; i++) await page.waitForTimeout(100)
  return stateOf(page, record)
}

/* ---- the link of the first administrator ---- */
const admin = await open('admin')
await admin.goto(`${origin}/setup#${link}`)
await admin.waitForSelector('#name')
const ofSetup = await axe(admin)
check('axe finds nothing serious: setup', ofSetup.length === 0, ofSetup.join('\n'))
if (pictures) await admin.screenshot({ path: `${pictures}/setup-en.png`, fullPage: true })
await admin.fill('#name', 'admin')
await admin.fill('#display', 'Administrator')
await admin.fill('#password', 'correct horse battery')
await submit(admin)
await admin.waitForSelector('nav.side', { state: 'attached' })
await settle(admin)
check('the first administrator is made by the link', await admin.isVisible('nav.side'))
check('it says that all of it is an exercise', await admin.isVisible('.exercise-banner'))
stage.stdin.write('ready\n')
const { finding, server, rule } = await told()
check('a sensor has reported what it found', finding !== undefined)
for (const [path, name] of [['/', 'home'], ['/people', 'people'], ['/organisations', 'organisations'], ['/sensors', 'sensors']]) {
  await visit(admin, path)
  await look(admin, name)
}
check('the sensor is listed', (await visit(admin, '/sensors'), await text(admin)).includes('cable-7-border'))
await close(admin)

/* ---- a case from the finding ---- */
const aiko = await open('aiko')
await signIn(aiko, 'aiko')
await visit(aiko, '/findings')
check('the finding is listed', (await text(aiko)).includes(server))
await look(aiko, 'findings')
await visit(aiko, `/findings/${finding}`)
await look(aiko, 'finding')
await aiko.click('main a.button.primary')
await aiko.waitForSelector('#title')
await unfold(aiko)
await aiko.fill('#title', `指令サーバ ${server}`)
await fillAll(aiko, { summary: '八回線が毎分通信する', harm: '指令を待つ端末', counter_hypotheses: '更新の確認。間隔が合わない' })
await aiko.check('input[name=f-confidence][value=high]')
await submit(aiko)
await aiko.waitForURL(/\/records\/C-/)
await settle(aiko)
const opened = idOf(aiko)
check('a case is opened from the finding', (await text(aiko)).includes(server))
await take(aiko, opened, 'assess')
check('it is assessed', (await stateOf(aiko, opened)) === 'assessed')
await look(aiko, 'case')

/* ---- a measure ---- */
await visit(aiko, '/records/new?procedure=measure')
await unfold(aiko)
await aiko.fill('#title', '夜鷺の指令サーバ')
await fillAll(aiko, {
  standard: '相手先及び間隔', target_act: 'ボットネット', threatened: '電力', act_unknown: '実態不明', suspicion: '所見のとおり',
  no_other_way: '他に方法がない', necessity: '必要', safeguards: '封印', specified: server, equipment: 'cable-7', share: '100',
  capacity: '100000000000', selectors: rule,
})
await fillMoment(aiko, 'f-from', 5 * 60e3)
await fillMoment(aiko, 'f-until', 8 * 86400e3)
await submit(aiko)
await aiko.waitForURL(/\/records\/M-/)
await settle(aiko)
const measure = idOf(aiko)
await take(aiko, measure, 'set_standard')
check('a measure is drafted and its standard set', (await stateOf(aiko, measure)) === 'standard_set')
await visit(aiko, `/records/${measure}/step/submit`)
check('who set the standard cannot submit, and reads why', !(await aiko.isVisible('main form button.primary')) && (await aiko.isVisible('.banner.warning')), await text(aiko))
await look(aiko, 'step-refused')

const emi = await open('emi')
await signIn(emi, 'emi')
await take(emi, measure, 'submit')
check('another person submits it', (await stateOf(emi, measure)) === 'submitted', await text(emi))
await close(emi)

/* ---- three votes ---- */
for (const [i, name] of ['kei', 'mio', 'ren'].entries()) {
  const member = await open(name)
  await addKey(member)
  await signIn(member, name)
  await visit(member, '/account')
  await member.fill('#passkey-name', 'test key')
  await member.getByRole('button', { name: 'Add a passkey' }).click()
  await member.waitForSelector('text=The passkey is ready.')
  if (i === 0) await look(member, 'account')
  await member.context().clearCookies()
  await member.goto(origin + '/')
  await member.click('p.actions button')
  await member.waitForSelector('nav.side', { state: 'attached' })
  await visit(member, `/records/${measure}/ballot`)
  await member.waitForSelector('text=this browser computed the same')
  if (i === 0) await look(member, 'ballot')
  await member.check('input[name=vote][value=approve]')
  await member.fill('#reason', `as the file shows, ${name}`)
  await member.click('.decision button[type=submit]')
  const want = i < 2 ? 'submitted' : 'approved'
  const isIn = i < 2 ? await member.waitForSelector('text=Your vote is in.').then(() => true, () => false) : true
  const state = await become(member, measure, want)
  check(`${name} votes, and it is ${i < 2 ? 'not yet approved' : 'approved'}`, isIn && state === want, `${state}\n${await member.innerText('main')}`)
  await close(member)
}

/* ---- the warrant, and the inspector ---- */
await visit(aiko, `/warrants/${measure}`)
check('the warrant names its condition', (await text(aiko)).includes('night-heron'), await text(aiko))
check('it has three signers', (await text(aiko)).match(/webauthn:/g)?.length === 3, await text(aiko))
await look(aiko, 'warrant')
await visit(aiko, `/records/${measure}`)
await look(aiko, 'measure')
await visit(aiko, '/situation')
await look(aiko, 'situation')
await close(aiko)

const jun = await open('jun')
await signIn(jun, 'jun')
await visit(jun, '/inspect')
check('the inspector reads the ledger', /approval_given|approval given/i.test(await text(jun)) || (await jun.locator('main table tbody tr').count()) > 5, await text(jun))
await look(jun, 'inspect')
for (const part of ['replay', 'sample', 'statistics', 'export']) {
  await visit(jun, `/inspect/${part}`)
  await look(jun, `inspect-${part}`)
}
await close(jun)

check('no page complained, broke the policy or asked elsewhere', complaints.length === 0, complaints.join('\n'))
stage.stdin.end()
await new Promise((done) => stage.on('exit', done))
await finish(browser)

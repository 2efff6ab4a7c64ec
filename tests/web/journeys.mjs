// SPDX-License-Identifier: Apache-2.0
// The key journeys by keyboard alone, a vote with a virtual security key, what must survive a
// change of language and the end of a session, and hostile words everywhere.
import { addKey, axe, check, finish, isWide, launch, openPage, settle, signIn, start, visit } from './browser.mjs'

const fixture = await start()
const browser = await launch()

/** Tabs until the element in focus meets the selector; false when it never does. */
async function tabTo(page, selector, most = 80) {
  for (let i = 0; i < most; i++) {
    if (await page.evaluate((s) => document.activeElement?.matches(s), selector)) return true
    await page.keyboard.press('Tab')
  }
  return false
}
const focused = (page) => page.evaluate(() => `${document.activeElement?.tagName} ${document.activeElement?.id} ${document.activeElement?.textContent?.slice(0, 60)}`)

/* ---- by keyboard: sign in, begin a case, take a step with a mistake in it ---- */
{
  const page = await openPage(browser, fixture.origin)
  await page.goto(fixture.origin)
  await page.waitForSelector('#name')
  await page.keyboard.press('Tab')
  check('the skip link comes first', await page.evaluate(() => document.activeElement.classList.contains('skip')))
  check('the name can be reached', await tabTo(page, '#name'))
  await page.keyboard.press('Enter')
  await page.waitForSelector('.summary')
  check('an empty form shows the error summary and moves the focus to it', await page.evaluate(() => document.activeElement.classList.contains('summary')), await focused(page))
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  check('a line of the summary leads to its field', await page.evaluate(() => document.activeElement.id === 'name'), await focused(page))
  check('the field says that it is wrong', await page.evaluate(() => document.querySelector('#name').getAttribute('aria-invalid') === 'true'))
  await page.keyboard.type('ａｎａｌｙｓｔ')
  await page.keyboard.press('Tab')
  await page.keyboard.type('correct horse battery')
  await page.keyboard.press('Enter')
  await page.waitForSelector('nav.side')
  await settle(page)
  check('a full-width name signs in', true)

  await tabTo(page, 'a[href="/records/new?procedure=infrastructure"]')
  await page.keyboard.press('Enter')
  await page.waitForSelector('#title')
  check('a page that opens takes the focus to its heading', await page.evaluate(() => document.activeElement.tagName === 'H1'), await focused(page))
  await tabTo(page, '#title')
  await page.keyboard.type('Relay in 203.0.113.0/24')
  await tabTo(page, '#f-summary')
  await page.keyboard.type('Seen by two sensors.')
  await tabTo(page, '#f-count')
  await page.keyboard.type('１，２３４')
  await tabTo(page, 'button[type=submit].primary')
  await page.keyboard.press('Enter')
  await page.waitForURL(/\/records\/I-2026/)
  await settle(page)
  check('a case is begun by keyboard', (await page.textContent('h1')).includes('Relay in'))
  check('a full-width number became a number', (await page.textContent('main')).includes('1,234'))

  await tabTo(page, 'a[href$="/step/assess"]')
  await page.keyboard.press('Enter')
  await page.waitForSelector('#f-confidence')
  await tabTo(page, '#f-devices')
  await page.keyboard.type('many')
  await tabTo(page, 'button[type=submit].primary')
  await page.keyboard.press('Enter')
  await page.waitForSelector('.summary')
  const told = await page.textContent('.summary')
  check('a step with mistakes names each of them', /Confidence/.test(told) && /Devices/.test(told) && /Holds until/.test(told), told)
  const found = await axe(page)
  check('axe finds nothing serious in a form with errors', found.length === 0, found.join('\n'))
  await tabTo(page, '#f-confidence')
  await page.keyboard.press('Space')
  await tabTo(page, '#f-devices')
  await page.keyboard.press('Control+A')
  await page.keyboard.type('12')
  for (const [id, text] of [['#f-until', '2027'], ['#f-until-month', '３'], ['#f-until-day', '31'], ['#f-until-clock', '17:00']]) {
    await tabTo(page, id)
    await page.keyboard.type(text)
  }
  await page.getByRole('button', { name: '日本語' }).click()
  check('a change of language keeps the page and the draft', (await page.inputValue('#f-devices')) === '12' && /評価を記録/.test(await page.textContent('h1')))
  check('the document says its language', (await page.getAttribute('html', 'lang')) === 'ja')
  await page.reload()
  await settle(page)
  check('the draft is there after loading again', (await page.inputValue('#f-devices')) === '12')
  await page.getByRole('button', { name: 'English' }).click()
  await tabTo(page, 'button[type=submit].primary')
  await page.keyboard.press('Enter')
  await page.waitForURL(/\/records\/I-2026-\d+$/)
  await settle(page)
  check('the step is taken', /assessed/i.test(await page.textContent('.heading')))

  /* a step that weighs stops first */
  await tabTo(page, 'a[href$="/step/close"]')
  await page.keyboard.press('Enter')
  await page.waitForSelector('#f-reason')
  await tabTo(page, '#f-reason')
  await page.keyboard.type('Done')
  await tabTo(page, 'button[type=submit].primary')
  await page.keyboard.press('Enter')
  await page.waitForSelector('.interruption')
  check('what weighs is stopped before it is taken, with its consequence', /nothing more is collected/.test(await page.textContent('.interruption')))
  await tabTo(page, '#confirm')
  await page.keyboard.type('no')
  await page.keyboard.press('Enter')
  await page.waitForSelector('.summary')
  check('the wrong word does not confirm', page.url().includes('/step/close'))
  await tabTo(page, '#confirm')
  const word = (await page.textContent('label[for=confirm]')).match(/type (\S+)/)[1]
  await page.keyboard.press('Control+A')
  await page.keyboard.type(word)
  await page.keyboard.press('Enter')
  await page.waitForURL(/\/records\/I-2026-\d+$/)
  check('the right one does', true)
  check('no script failed on the way', page.seen.errors.length === 0, page.seen.errors.join('\n'))
  await page.context().close()
}

/* ---- a duty to tell is told by keyboard; what is fixed offers no change ---- */
{
  const page = await openPage(browser, fixture.origin)
  await signIn(page, 'analyst')
  await visit(page, '/records/I-2026-000001')
  const duties = await page.textContent('.duties')
  check('open duties are shown with whom they are for, the overdue one marked', /overdue/.test(duties) && /art\. 14/.test(duties), duties)
  await tabTo(page, '.duties button')
  await page.keyboard.press('Enter')
  await page.waitForSelector('.interruption')
  check('telling stops first, and the focus is there', await page.evaluate(() => document.activeElement.id === 'interruption-title'), await focused(page))
  const found = await axe(page)
  check('axe finds nothing serious there', found.length === 0, found.join('\n'))
  await tabTo(page, '#confirm')
  await page.keyboard.type('0001')
  await page.keyboard.press('Enter')
  await page.waitForSelector('text=Told (1)')
  check('a duty is told by keyboard', (await page.$$('.duties button')).length === 1)
  await visit(page, '/records?state=approved&procedure=measure')
  await page.click('main tbody th a')
  await settle(page)
  check('an approved record offers no change', !(await page.$('main a[href$="/edit"]')), await page.textContent('.heading'))
  await page.context().close()
}

/* ---- lists: ordered where all rows are here; days become moments ---- */
{
  const page = await openPage(browser, fixture.origin)
  await signIn(page, 'analyst')
  await visit(page, '/sensors')
  const names = () => page.$$eval('main tbody th', (all) => all.map((e) => e.textContent))
  await page.click('main thead a.sort')
  const up = await names()
  await page.click('main thead a.sort')
  const down = await names()
  check('a list that is all here is put in order by a column, both ways', up.length > 1 && up.join() === [...down].reverse().join() && /sort=-name/.test(page.url()), `${up} / ${down}`)
  await visit(page, '/records')
  check('one that is not is as the hub orders it', !(await page.$('main thead a.sort')))
  const asked = page.waitForRequest((r) => /updated_since=/.test(r.url()))
  await page.fill('input[type=date]', '2026-11-01')
  check('a day becomes the moment it begins here', /updated_since=2026-10-31T15%3A00%3A00\.000Z/.test((await asked).url()), page.url())
  await page.context().close()
}

/* ---- a degraded hub is seen ---- */
{
  const page = await openPage(browser, fixture.origin)
  await signIn(page, 'analyst')
  await settle(page)
  check('a hub that is well has no banner', !(await page.$('.emergency-banner')))
  await page.evaluate(() => fetch('/readyz?why=behind'))
  await page.reload()
  await page.waitForSelector('.emergency-banner')
  const told = await page.textContent('.emergency-banner')
  check('one that is behind says so, what still works and when', /behind by 1,200 entries/.test(told) && /you can read/.test(told) && /JST/.test(told), told)
  const found = await axe(page)
  check('axe finds nothing serious in the banner', found.length === 0, found.join('\n'))
  await page.evaluate(() => fetch('/readyz?why='))
  await page.getByRole('button', { name: 'Look again' }).click()
  await page.waitForSelector('.emergency-banner', { state: 'detached' })
  check('and it goes when the hub is well again', true)
  await page.context().close()
}

/* ---- a vote, signed by a key; three make a quorum ---- */
async function vote(person, vote, expected) {
  const page = await openPage(browser, fixture.origin)
  await addKey(page)
  await signIn(page, person)
  await visit(page, '/account')
  await page.fill('#passkey-name', 'test key')
  await page.getByRole('button', { name: 'Add a passkey' }).click()
  await page.waitForSelector('text=The passkey is ready.')
  await visit(page, '/')
  await tabTo(page, 'main a[href$="/ballot"]')
  await page.keyboard.press('Enter')
  await page.waitForSelector('#vote')
  await page.waitForSelector('text=this browser computed the same')
  await tabTo(page, 'input[name=vote]', 150)
  await page.keyboard.press('Space')
  if (vote === 'refuse') await page.keyboard.press('ArrowDown')
  await tabTo(page, '#reason')
  await page.keyboard.type(`My reason is ${person}`)
  await tabTo(page, '.decision button[type=submit]')
  await page.keyboard.press('Enter')
  await page.waitForSelector(`text=${expected}`)
  const text = await page.textContent('main')
  await page.context().close()
  return text
}
const first = await vote('chair', 'approve', 'Your vote is in.')
check('a vote is signed and taken', /委員長 一郎/.test(first))
check('it is sealed while others have not voted', /sealed until all have voted/.test(first) && !/My reason is chair/.test(first))
await vote('member', 'refuse', 'Your vote is in.')
const last = await vote('member2', 'approve', 'Your vote is in.')
check('with a quorum the votes are open', /My reason is chair/.test(last) && /My reason is member/.test(last))

/* ---- a hub that asks for a signature of something else gets none ---- */
{
  const lying = await start({ lies: true })
  const page = await openPage(browser, lying.origin)
  await addKey(page)
  await signIn(page, 'chair')
  await visit(page, '/account')
  await page.fill('#passkey-name', 'test key')
  await page.getByRole('button', { name: 'Add a passkey' }).click()
  await page.waitForSelector('text=The passkey is ready.')
  await visit(page, '/records/M-2026-000002/ballot')
  await page.check('input[name=vote][value=approve]')
  await page.fill('#reason', 'because')
  await page.click('.decision button[type=submit]')
  await page.waitForSelector('text=something else than what is shown')
  check('the page signs nothing but what it shows', !/Your vote is in/.test(await page.textContent('main')))
  check('reason and vote are kept', (await page.inputValue('#reason')) === 'because')
  await page.context().close()
  lying.server.closeAllConnections?.()
  lying.server.close()
}

/* ---- a proof computed in the browser ---- */
{
  const page = await openPage(browser, fixture.origin)
  await signIn(page, 'inspector')
  await visit(page, '/ledger/100')
  const text = await page.textContent('main')
  check('an entry is proved in the browser', /The entry is in the log/.test(text), text)
  check('and the checkpoint’s signature', /is signed by the log|cannot check Ed25519/.test(text), text)
  await page.route('**/ledger/entries/101', async (route) => {
    const answer = await route.fetch()
    const body = await answer.json()
    body.octets = Buffer.from('{"forged":true}').toString('base64')
    await route.fulfill({ response: answer, json: body })
  })
  await visit(page, '/ledger/101')
  check('a forged entry is not', /The entry is not in the log/.test(await page.textContent('main')))
  await page.context().close()
}

/* ---- hostile words in every field of people ---- */
{
  const hostile = await start({ hostile: true, exercise: true })
  const page = await openPage(browser, hostile.origin)
  await signIn(page, 'chair')
  const paths = ['/', '/records', '/records/I-2026-000001', '/records/I-2026-000001/timeline', '/records/I-2026-000001/notes', '/records/I-2026-000001/files', '/records/I-2026-000001/graph',
    '/records/M-2026-000002/ballot', '/findings', '/findings/F-000001', '/warrants/W-2026-000001', '/sensors', '/people', '/people/1', '/notices', '/search?q=%3Cscript%3Ewindow.ran%3D1%3C/script%3E',
    '/records?q=%22%3E%3Cimg%20src=x%20onerror=window.ran=1%3E', '/inspect/replay?person=%3Cimg%20src=x%20onerror=window.ran=1%3E&at=2026-01-01T00:00:00Z', '/%3Cimg src=x onerror=window.ran=1%3E']
  let ran = false
  const violations = []
  for (const path of paths) {
    await visit(page, path)
    ran ||= await page.evaluate(() => window.ran === 1 || document.querySelector('main script, main img') !== null)
    violations.push(...(await page.evaluate(() => window.violations)))
  }
  check('hostile words are shown and nothing of them runs', !ran && page.seen.dialogs === 0)
  check('the policy did not even have to stop them', violations.length === 0 && page.seen.violations.length === 0, violations.join('\n'))
  check('nothing was asked for elsewhere', page.seen.elsewhere.length === 0, page.seen.elsewhere.join('\n'))
  check('an exercise says so in its title, its frame and its icon', /^\[EXERCISE\]/.test(await page.title()) && await page.isVisible('.exercise-banner') && (await page.getAttribute('link[rel=icon]', 'href')).includes('exercise'))
  const found = await axe(page)
  check('axe finds nothing serious in the exercise skin', found.length === 0, found.join('\n'))
  await page.context().close()
  hostile.server.closeAllConnections?.()
  hostile.server.close()
}

/* ---- a session that ends ---- */
{
  const short = await start({ session_s: 60 })
  const page = await openPage(browser, short.origin)
  await signIn(page, 'analyst')
  await page.waitForSelector('text=Your session ends soon')
  check('the end of a session is said before, with a way to stay', await page.isVisible('text=Stay signed in'))
  await visit(page, '/records/I-2026-000001/notes')
  await page.fill('#text', 'half a thought')
  await page.context().clearCookies()
  await page.getByRole('button', { name: 'Add' }).click()
  await page.waitForSelector('#password')
  check('a session that has ended asks to sign in', /come back to this page/.test(await page.textContent('main')))
  await page.fill('#name', 'analyst')
  await page.fill('#password', 'correct horse battery')
  await page.keyboard.press('Enter')
  await page.waitForSelector('#text')
  check('and comes back to the page with the draft', (await page.inputValue('#text')) === 'half a thought')
  await page.context().close()
  short.server.closeAllConnections?.()
  short.server.close()
}

/* ---- other eyes: forced colours, dark, 400 %, paper, no script, no network ---- */
{
  const forced = await openPage(browser, fixture.origin, { forcedColors: 'active' })
  await signIn(forced, 'analyst')
  await visit(forced, '/situation')
  check('forced colours leave the bars visible', await forced.evaluate(() => getComputedStyle(document.querySelector('.bar')).fill !== getComputedStyle(document.body).backgroundColor))
  await forced.context().close()

  const dark = await openPage(browser, fixture.origin, { colorScheme: 'dark' })
  await signIn(dark, 'chair')
  for (const path of ['/', '/records/M-2026-000002/ballot', '/situation', '/records/I-2026-000001']) {
    await visit(dark, path)
    const found = await axe(dark)
    check(`axe finds nothing serious in the dark: ${path}`, found.length === 0, found.join('\n'))
  }
  await dark.context().close()

  const zoomed = await openPage(browser, fixture.origin, { viewport: { width: 320, height: 256 }, deviceScaleFactor: 4 })
  await signIn(zoomed, 'chair')
  await visit(zoomed, '/records/M-2026-000002/ballot')
  const wide = await isWide(zoomed)
  check('400 % of 1280 pixels does not scroll sideways', !wide, wide)
  await zoomed.click('.menu-button')
  check('the menu opens there', await zoomed.isVisible('nav.side a[href="/findings"]'))
  await zoomed.emulateMedia({ media: 'print' })
  check('paper shows neither menu nor forms', !(await zoomed.isVisible('nav.side')) && !(await zoomed.isVisible('.decision form')))
  await zoomed.context().close()

  const plain = await openPage(browser, fixture.origin, { javaScriptEnabled: false })
  await plain.goto(fixture.origin)
  check('without script the page says what to do', await plain.isVisible('noscript h1, h1'))
  await plain.context().close()

  const cut = await openPage(browser, fixture.origin)
  await signIn(cut, 'analyst')
  await visit(cut, '/records/I-2026-000001/notes')
  await cut.fill('#text', 'written on a train')
  await cut.context().setOffline(true)
  await cut.getByRole('button', { name: 'Add' }).click()
  await cut.waitForSelector('text=The hub does not answer')
  check('without the network the words are kept', (await cut.inputValue('#text')) === 'written on a train')
  await cut.context().setOffline(false)
  await cut.getByRole('button', { name: 'Add' }).click()
  await cut.waitForSelector('li:has-text("written on a train")')
  check('and sent when it is there again', true)
  await cut.context().close()
}

/* ---- how fast ---- */
{
  const page = await openPage(browser, fixture.origin)
  await signIn(page, 'analyst')
  const times = []
  for (let i = 0; i < 5; i++) {
    await page.goto(fixture.origin + '/')
    await settle(page)
    times.push(await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Infinity))
  }
  times.sort((a, b) => a - b)
  check(`first paint within 300 ms on loopback (median ${Math.round(times[2])} ms)`, times[2] < 300, times.join(' '))
  await page.context().close()
}
await finish(browser, fixture)

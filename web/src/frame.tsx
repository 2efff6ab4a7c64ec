// SPDX-License-Identifier: Apache-2.0
// What surrounds every page: exercise skin, head, navigation, warnings, foot.
import type { ComponentType } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { patch, remove, setPurpose } from './api'
import { forgetDrafts } from './draft'
import { both, t } from './language'
import { useKept, useLoad } from './load'
import { pages, type PageProps } from './pages'
import { HubState } from './parts/hub-state'
import { Icon } from './parts/icon'
import { LanguageSwitch } from './parts/language-switch'
import { NotFound, Page, ProblemBox } from './parts/page'
import { go, match, usePlace } from './route'
import { hasRole, useSession } from './session'
import { TimeOut } from './parts/time-out'
import type { Law, Notice, Session } from './types'
import type { List } from './api'
import type { Word } from './words/words'

const OVERSIGHT = ['inspector', 'commission', 'administrator', 'owner', 'prime-minister', 'exercise-controller']
const ADMINISTRATION = ['administrator', 'owner', 'exercise-controller']

/** Who is offered what; what may be seen is the hub's to say. */
const menu: { group: Word; items: [string, Word][]; roles?: string[] }[] = [
  { group: 'nav.work', items: [
    ['/', 'nav.home'], ['/records', 'nav.records'], ['/findings', 'nav.findings'],
    ['/situation', 'nav.situation'], ['/flows', 'nav.flows']] },
  { group: 'nav.oversight', items: [['/warrants', 'nav.warrants'], ['/inspect', 'nav.inspect']], roles: OVERSIGHT },
  { group: 'nav.administration', items: [
    ['/sensors', 'nav.sensors'], ['/organisations', 'nav.organisations'], ['/people', 'nav.people']], roles: ADMINISTRATION },
]

export function Frame(props: { onSignedOut: () => void }) {
  const { session } = useSession()
  const place = usePlace()
  const [isOpen, setOpen] = useState(false)
  useEffect(() => setOpen(false), [place.path])
  useEffect(() => skin(session), [session.exercise])
  return (
    <div class={session.exercise ? 'exercise' : ''}>
      <a class="skip" href="#main">{t('skip')}</a>
      {session.exercise && <ExerciseBanner />}
      <Head isOpen={isOpen} setOpen={setOpen} onSignedOut={props.onSignedOut} />
      <HubState />
      <TimeOut />
      <div class="columns">
        <Navigation isOpen={isOpen} path={place.path} />
        <main id="main" tabIndex={-1}><Here path={place.path} /></main>
      </div>
      <footer class="bottom"><p>{t('help')}</p></footer>
    </div>
  )
}

function skin(session: Session): void {
  const icon = document.querySelector<HTMLLinkElement>('link[rel=icon]')
  if (icon) icon.href = session.exercise ? '/favicon-exercise.svg' : '/favicon.svg'
}

function ExerciseBanner() {
  return (
    <div class="exercise-banner" role="note">
      <strong>{t('exercise.word')}</strong> <span class="note">{t('exercise.note')}</span>
    </div>
  )
}

function Head(props: { isOpen: boolean; setOpen: (v: boolean) => void; onSignedOut: () => void }) {
  const { session, set } = useSession()
  const law = useKept<Law>('/law')
  const notices = useLoad<List<Notice>>('/notices?limit=50')
  const unread = notices.data?.items.filter((n) => !n.is_read).length ?? 0
  const signOut = async () => {
    await remove('/session').catch(() => {})
    forgetDrafts()
    go('/', true)
    props.onSignedOut()
  }
  const purpose = async (id: string) => {
    setPurpose(id)
    set({ ...session, purpose: id })
    await patch('/session', { purpose: id }).catch(() => {})
  }
  return (
    <header class={`top${props.isOpen ? ' open' : ''}`}>
      <button type="button" class="menu-button" aria-expanded={props.isOpen} aria-controls="navigation" onClick={() => props.setOpen(!props.isOpen)}>
        <Icon name="menu" />{t('menu')}
      </button>
      <a class="brand" href="/">関所 <span lang="en">Sekisho</span></a>
      <SearchBox />
      {law?.purposes && (
        <label class="purpose"><span>{t('nav.purpose')}</span>
          <select value={session.purpose ?? ''} onChange={(e) => void purpose(e.currentTarget.value)}>
            {!session.purpose && <option value="">-</option>}
            {law.purposes.filter((p) => !p.is_refused).map((p) => <option key={p.id} value={p.id}>{both(p.name)}</option>)}
          </select>
        </label>
      )}
      <a href="/notices" class="top-link"><Icon name="bell" /><span class="word">{t('nav.notices')}</span>
        {unread > 0 && <><span class="badge" aria-hidden="true">{unread}</span><span class="hidden">{t('nav.unread', { count: unread })}</span></>}</a>
      <a href="/account" class="top-link folded">{session.person.display || session.person.name}</a>
      <button type="button" class="plain folded" onClick={() => void signOut()}>{t('do.sign_out')}</button>
      <LanguageSwitch isSigned />
    </header>
  )
}

function SearchBox() {
  const [q, setQ] = useState('')
  const submit = (event: Event) => {
    event.preventDefault()
    if (q.trim()) go(`/search?q=${encodeURIComponent(q.normalize('NFKC').trim())}`)
  }
  return (
    <form role="search" class="search" onSubmit={submit}>
      <label><span class="hidden">{t('nav.search')}</span>
        <input type="search" value={q} placeholder={t('do.search')} onInput={(e) => setQ(e.currentTarget.value)} /></label>
      <button type="submit"><Icon name="search" /><span class="hidden">{t('do.search')}</span></button>
    </form>
  )
}

function Navigation(props: { isOpen: boolean; path: string }) {
  const { session } = useSession()
  const isHere = (href: string) => (href === '/' ? props.path === '/' : props.path.startsWith(href))
  return (
    <nav id="navigation" class={`side${props.isOpen ? ' open' : ''}`} aria-label={t('nav')}>
      {menu.filter((g) => !g.roles || hasRole(session, g.roles)).map((g) => (
        <div key={g.group}>
          <h2>{t(g.group)}</h2>
          <ul>
            {g.items.map(([href, name]) => (
              <li key={href}><a href={href} aria-current={isHere(href) ? 'page' : undefined}>{t(name)}</a></li>
            ))}
          </ul>
        </div>
      ))}
    </nav>
  )
}

function Here(props: { path: string }) {
  for (const { pattern, load } of pages) {
    const params = match(pattern, props.path)
    if (params) return <Later key={pattern + JSON.stringify({ ...params, tab: '', part: '' })} load={load} params={params} />
  }
  return <Page title={t('problem.not_found')}><NotFound /></Page>
}

const got = new Map<() => Promise<unknown>, ComponentType<PageProps>>()

/** A page whose script comes when it is first opened. */
function Later(props: { load: () => Promise<{ default: ComponentType<PageProps> }>; params: Record<string, string> }) {
  const [Shown, setShown] = useState<ComponentType<PageProps> | undefined>(() => got.get(props.load))
  const [error, setError] = useState<unknown>()
  useEffect(() => {
    if (Shown) return
    props.load().then((m) => {
      got.set(props.load, m.default)
      setShown(() => m.default)
    }, setError)
  }, [props.load])
  if (error) return <ProblemBox error={error} />
  if (!Shown) return <p class="waiting">{t('loading')}</p>
  return <Shown {...props.params} />
}

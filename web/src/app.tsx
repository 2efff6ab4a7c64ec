// SPDX-License-Identifier: Apache-2.0
// The whole: who is signed in decides between sign-in and the frame with its page.
import type { ComponentChildren } from 'preact'
import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { get, Problem, whenSignedOut } from './api'
import { Frame } from './frame'
import { language, onLanguage, t } from './language'
import { forgetKept } from './load'
import { SignIn } from './pages/sign-in'
import { HubState } from './parts/hub-state'
import { LanguageSwitch } from './parts/language-switch'
import { ProblemBox } from './parts/page'
import { go, here, usePlace } from './route'
import { adopt, SessionContext } from './session'
import { Setup } from './pages/setup'
import type { Session } from './types'

export function App() {
  const [, redraw] = useState(0)
  useEffect(() => onLanguage(() => redraw((n) => n + 1)), [])
  const place = usePlace()
  if (place.path === '/setup' || place.path === '/invitation') {
    return <Outside><Setup /></Outside>
  }
  return <Signed />
}

function Signed() {
  const [session, setSession] = useState<Session | null | undefined>()
  const [error, setError] = useState<unknown>()
  const wasSigned = useRef(false)
  const take = useCallback((taken: Session, isNew = false) => {
    adopt(taken, isNew)
    wasSigned.current = true
    setSession(taken)
  }, [])
  const refresh = useCallback(async () => {
    try {
      take(await get<Session>('/session'))
      setError(undefined)
    } catch (problem) {
      if (problem instanceof Problem && problem.status === 401) setSession(null)
      else setError(problem)
    }
  }, [take])
  useEffect(() => {
    whenSignedOut(() => setSession(null))
    void refresh()
  }, [refresh])
  useEffect(() => {
    if (session && here().path === '/sign-in') go('/', true)
  }, [session])
  if (error && !session) return <Outside><ProblemBox error={error} onAgain={refresh} /></Outside>
  if (session === undefined) return <Outside><p class="waiting">{t('loading')}</p></Outside>
  if (session === null) {
    return (
      <Outside>
        <SignIn isAgain={wasSigned.current} onSession={(s) => { forgetKept(); take(s, true) }} />
      </Outside>
    )
  }
  return (
    <SessionContext.Provider value={{ session, set: take, refresh }}>
      <Frame key={session.person.id} onSignedOut={() => { wasSigned.current = false; forgetKept(); setSession(null) }} />
    </SessionContext.Provider>
  )
}

/** Pages before somebody is known. */
function Outside(props: { children: ComponentChildren }) {
  return (
    <>
      <a class="skip" href="#main">{t('skip')}</a>
      <header class="top">
        <span class="brand">関所 <span lang="en">Sekisho</span></span>
        <LanguageSwitch />
      </header>
      <HubState />
      <main id="main" class="outside" tabIndex={-1} lang={language()}>{props.children}</main>
      <footer class="bottom"><p>{t('help')}</p></footer>
    </>
  )
}

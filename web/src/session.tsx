// SPDX-License-Identifier: Apache-2.0
// Who is signed in.  The session itself is a cookie that no script can read.
import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import { setCsrf } from './api'
import { setLanguage } from './language'
import type { Session } from './types'

export interface Signed {
  session: Session
  set: (session: Session) => void
  refresh: () => Promise<void>
}

export const SessionContext = createContext<Signed | null>(null)

export function useSession(): Signed {
  const signed = useContext(SessionContext)
  if (!signed) throw new Error('no session')
  return signed
}

export function hasRole(session: Session, roles: string[]): boolean {
  return session.roles.some((r) => roles.includes(r.role))
}

/** Takes over what a new session brings; the person's language once, at sign-in. */
export function adopt(session: Session, isNew: boolean): void {
  setCsrf(session.csrf)
  const wanted = session.person.language
  if (isNew && (wanted === 'ja' || wanted === 'en') && !localStorage.getItem('sekisho.language')) {
    setLanguage(wanted)
  }
}

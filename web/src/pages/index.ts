// SPDX-License-Identifier: Apache-2.0
// Every page and its address.  The first ones come with the first load.
import type { ComponentType } from 'preact'
import Home from './home'

export interface PageProps { id?: string; tab?: string; event?: string; serial?: string; part?: string; number?: string }
type Load = () => Promise<{ default: ComponentType<PageProps> }>

const home: Load = () => Promise.resolve({ default: Home })

export const pages: { pattern: string; load: Load }[] = [
  { pattern: '/', load: home },
  { pattern: '/records', load: () => import('./records') },
  { pattern: '/records/new', load: () => import('./record-new') },
  { pattern: '/records/:id/edit', load: () => import('./record-edit') },
  { pattern: '/records/:id/step/:event', load: () => import('./step') },
  { pattern: '/records/:id/:tab?', load: () => import('./record') },
  { pattern: '/findings', load: () => import('./findings') },
  { pattern: '/findings/:id', load: () => import('./finding') },
  { pattern: '/flows', load: () => import('./flows') },
  { pattern: '/situation', load: () => import('./situation') },
  { pattern: '/warrants', load: () => import('./warrants') },
  { pattern: '/warrants/:serial', load: () => import('./warrant') },
  { pattern: '/sensors', load: () => import('./sensors') },
  { pattern: '/sensors/:id', load: () => import('./sensor') },
  { pattern: '/inspect/:part?', load: () => import('./inspect') },
  { pattern: '/ledger/:number', load: () => import('./entry') },
  { pattern: '/organisations', load: () => import('./organisations') },
  { pattern: '/people', load: () => import('./people') },
  { pattern: '/people/:id', load: () => import('./person') },
  { pattern: '/account', load: () => import('./account') },
  { pattern: '/notices', load: () => import('./notices') },
  { pattern: '/search', load: () => import('./search') },
]

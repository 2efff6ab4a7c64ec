// SPDX-License-Identifier: Apache-2.0
// People and organisations that the hub names by number: their names where they may be known.
import { bothAsIs, type Both } from '../language'
import { useKept } from '../load'
import { readPerson } from '../hub'
import type { Organisation, Person } from '../types'
import type { List } from '../api'
import { Words } from './chips'

const isId = (of: Both): of is string => typeof of === 'string' && /^p?\d+$/.test(of)

export function Who(props: { of: Both }) {
  return isId(props.of) ? <Person id={props.of.replace('p', '')} /> : <Words of={props.of} />
}

function Person(props: { id: string }) {
  const people = useKept<List<Person>>('/people?limit=200')
  const found = people?.items.map(readPerson).find((p) => p.id === props.id)
  return <>{found?.display || `#${props.id}`}</>
}

export function Org(props: { of: Both }) {
  return isId(props.of) ? <Organisation id={props.of} /> : <Words of={props.of} />
}

function Organisation(props: { id: string }) {
  const all = useKept<List<Organisation>>('/organisations?limit=200')
  const found = all?.items.find((o) => o.id === props.id)
  return <>{found ? bothAsIs(found.name) : `#${props.id}`}</>
}

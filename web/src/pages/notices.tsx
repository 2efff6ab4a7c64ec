// SPDX-License-Identifier: Apache-2.0
// Everything that was said to this person, to be read again.
import { useState } from 'preact/hooks'
import { post, segment } from '../api'
import { t } from '../language'
import { Tag, Time, Words } from '../parts/chips'
import { Page, ProblemBox } from '../parts/page'
import { BigTable } from '../parts/table'
import type { Notice } from '../types'

export default function Notices() {
  const [error, setError] = useState<unknown>()
  const [read, setRead] = useState<string[]>([])
  const mark = (id: string) => post(`/notices/${segment(id)}/read`).then(() => setRead((all) => [...all, id]), setError)
  return (
    <Page title={t('notices.title')}>
      <ProblemBox error={error} />
      <BigTable<Notice> path="/notices" caption={t('notices.title')} hasSearch={false} rowId={(n) => n.id} empty={t('notices.empty')} columns={[
        { id: 'text', name: t('notices.text'), cell: (n) => <>{kindOf(n) && <span class="quiet">{kindOf(n)} </span>}<Words of={n.text} /> {!n.is_read && !read.includes(n.id) && <Tag tone="attention" icon="bell">{t('notices.unread')}</Tag>}</> },
        { id: 'at', name: t('notices.at'), cell: (n) => <Time at={n.at} isShort /> },
        { id: 'record', name: t('notices.record'), cell: (n) => n.record ? <a href={`/records/${segment(n.record)}`}>{n.record}</a> : null },
        { id: 'do', name: t('home.action'), cell: (n) => !n.is_read && !read.includes(n.id)
          ? <button type="button" onClick={() => void mark(n.id)}>{t('notices.read')}</button> : null },
      ]} />
    </Page>
  )
}

function kindOf(notice: Notice): string {
  switch (notice.kind) {
    case 'vote': return t('notices.vote')
    case 'step': return t('notices.step')
    case 'duty': return t('notices.duty')
    default: return ''
  }
}

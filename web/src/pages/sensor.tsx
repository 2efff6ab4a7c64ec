// SPDX-License-Identifier: Apache-2.0
import { patch, segment } from '../api'
import { useState } from 'preact/hooks'
import { readSensor } from '../hub'
import { both, t } from '../language'
import { useKept, useLoad } from '../load'
import { Tag, Time } from '../parts/chips'
import { Facts } from '../parts/facts'
import { Interruption } from '../parts/interruption'
import { Org } from '../parts/who'
import { Page, Show } from '../parts/page'
import { numberText } from '../text'
import type { Law, Sensor } from '../types'
import { Health } from './sensors'

export default function SensorPage(props: { id?: string }) {
  const path = `/sensors/${segment(props.id!)}`
  const sensor = useLoad<Sensor>(path, readSensor)
  const law = useKept<Law>('/law')
  const [isStopping, setStopping] = useState(false)
  const stop = (s: Sensor) => async () => {
    await patch(path, { is_active: s.is_active === false })
    setStopping(false)
    sensor.reload()
  }
  return (
    <Show of={sensor}>
      {(s) => (
        <Page title={s.name} kicker={<a href="/sensors">{t('nav.sensors')}</a>} chips={<Health sensor={s} />}>
          <Facts of={[
            [t('records.organisation'), s.organisation && <Org of={s.organisation} />],
            [t('records.basis'), both(law?.bases?.find((b) => b.id === s.basis)?.name) || s.basis],
            [t('sensors.equipment'), s.equipment],
            [t('sensors.fingerprint'), s.fingerprint && <code class="digest">{s.fingerprint}</code>],
            [t('sensors.seen'), s.last_seen && <Time at={s.last_seen} withDistance />],
            [t('sensors.lag'), s.lag_s == null ? undefined : t('sensors.lag.s', { s: numberText(s.lag_s) })],
            [t('sensors.batches'), numberText(s.batches)],
            [t('sensors.version'), s.version],
            [t('sensors.checkpoint'), s.checkpoint && <><CheckpointState of={s.checkpoint.state} /> {numberText(s.checkpoint.size)} <Time at={s.checkpoint.at} isShort /></>],
          ]} />
          {isStopping ? (
            <Interruption title={t(s.is_active === false ? 'sensors.start' : 'sensors.stop')} word={s.name} send={stop(s)} onBack={() => setStopping(false)}
              consequence={t(s.is_active === false ? 'sensors.start.consequence' : 'sensors.stop.consequence')}
              action={t(s.is_active === false ? 'sensors.start' : 'sensors.stop')} />
          ) : (
            <p class="actions apart"><button type="button" onClick={() => setStopping(true)}>{t(s.is_active === false ? 'sensors.start' : 'sensors.stop')}</button></p>
          )}
        </Page>
      )}
    </Show>
  )
}

function CheckpointState(props: { of: string }) {
  switch (props.of) {
    case 'consistent': return <Tag tone="success" icon="success">{t('sensors.checkpoint.good')}</Tag>
    case 'none': return <Tag icon="unanswered">{t('sensors.checkpoint.none')}</Tag>
    default: return <Tag tone="error" icon="error">{t('sensors.checkpoint.bad')}</Tag>
  }
}

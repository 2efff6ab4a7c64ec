// SPDX-License-Identifier: Apache-2.0
import { render } from 'preact'
import { App } from './app'
import { language } from './language'
import { followLinks } from './route'

document.documentElement.lang = language()
followLinks()
render(<App />, document.getElementById('app')!)

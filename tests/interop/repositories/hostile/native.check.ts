// A native ES module with state.
import { UrlMonitor } from 'checkly/constructs'
import { times } from './lib/native.mjs'

new UrlMonitor('home', { name: `Evaluated ${times()}`, request: { url: 'https://shop.example' } })

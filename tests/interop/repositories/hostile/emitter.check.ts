import { UrlMonitor } from 'checkly/constructs'
import { EventEmitter } from 'node:events'

const before = EventEmitter.defaultMaxListeners
EventEmitter.defaultMaxListeners = 99

new UrlMonitor('home', { name: `Was ${before}`, request: { url: 'https://shop.example' } })

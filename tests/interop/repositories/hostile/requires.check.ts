// What `require` caches.
import { UrlMonitor } from 'checkly/constructs'
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

new UrlMonitor('home', { name: `Counted ${require('./lib/counter.cjs').next()}`, request: { url: 'https://shop.example' } })

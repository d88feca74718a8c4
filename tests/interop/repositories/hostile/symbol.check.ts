// A cache in the style of packages that can be loaded twice.
import { UrlMonitor } from 'checkly/constructs'

const shared = globalThis as unknown as Record<symbol, Map<string, number>>
const cache = (shared[Symbol.for('acme.cache')] ??= new Map())
cache.set('home', (cache.get('home') ?? 0) + 1)

new UrlMonitor('home', { name: `Cached ${cache.get('home')}`, request: { url: 'https://shop.example' } })

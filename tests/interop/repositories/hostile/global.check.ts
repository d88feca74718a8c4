import { UrlMonitor } from 'checkly/constructs'

const shared = globalThis as { times?: number }
shared.times = (shared.times ?? 0) + 1

new UrlMonitor('home', { name: `Seen ${shared.times} times`, request: { url: 'https://shop.example' } })

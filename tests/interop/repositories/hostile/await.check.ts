// Awaits at the top level.
import { UrlMonitor } from 'checkly/constructs'
import { setTimeout } from 'node:timers/promises'

await setTimeout(5)

new UrlMonitor('home', { name: 'Awaited', request: { url: 'https://shop.example' } })

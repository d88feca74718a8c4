// An interval that keeps nothing alive, but runs on.
import { UrlMonitor } from 'checkly/constructs'

let ticks = 0
setInterval(() => { ticks += 1 }, 1).unref()

new UrlMonitor('home', { name: `After ${ticks} ticks`, request: { url: 'https://shop.example' } })

import { UrlMonitor } from 'checkly/constructs'

const { log } = console
const before = log.name
console.log = function loud(...words: unknown[]) { log('SHOP', ...words) }

new UrlMonitor('home', { name: `Was ${before}`, request: { url: 'https://shop.example' } })

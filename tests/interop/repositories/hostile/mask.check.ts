import { UrlMonitor } from 'checkly/constructs'

const before = process.umask(0o077)

new UrlMonitor('home', { name: `Was ${before.toString(8)}`, request: { url: 'https://shop.example' } })

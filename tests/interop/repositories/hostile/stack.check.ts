import { UrlMonitor } from 'checkly/constructs'

const before = Error.stackTraceLimit
Error.stackTraceLimit = 1

new UrlMonitor('home', { name: `Was ${before}`, request: { url: 'https://shop.example' } })

import { UrlMonitor } from 'checkly/constructs'

const prototype = Array.prototype as unknown as { third?: unknown }
const before = typeof prototype.third
prototype.third = function (this: unknown[]) { return this[2] }

new UrlMonitor('home', { name: `Was ${before}`, request: { url: 'https://shop.example' } })

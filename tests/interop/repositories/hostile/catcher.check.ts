import { UrlMonitor } from 'checkly/constructs'

const before = process.hasUncaughtExceptionCaptureCallback()
process.setUncaughtExceptionCaptureCallback(() => {})

new UrlMonitor('home', { name: `Was ${before}`, request: { url: 'https://shop.example' } })

import { UrlMonitor } from 'checkly/constructs'

const before = process.listenerCount('SIGUSR2')
process.on('SIGUSR2', () => {})

new UrlMonitor('home', { name: `Had ${before}`, request: { url: 'https://shop.example' } })

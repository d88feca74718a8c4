import { UrlMonitor } from 'checkly/constructs'

process.exit(0)

new UrlMonitor('home', { name: 'Exited', request: { url: 'https://shop.example' } })

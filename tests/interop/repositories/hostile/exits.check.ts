import { UrlMonitor } from 'checkly/constructs'

process.exit(3)

new UrlMonitor('home', { name: 'Exited', request: { url: 'https://shop.example' } })

import { UrlMonitor } from 'checkly/constructs'

throw new Error('no such shop')

new UrlMonitor('home', { name: 'Thrown', request: { url: 'https://shop.example' } })

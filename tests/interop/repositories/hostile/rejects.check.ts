import { UrlMonitor } from 'checkly/constructs'

Promise.reject(new Error('nobody handles this'))

new UrlMonitor('home', { name: 'Rejected', request: { url: 'https://shop.example' } })

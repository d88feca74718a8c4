import { UrlMonitor } from 'checkly/constructs'

process.on('exit', () => console.log('Goodbye'))

new UrlMonitor('home', { name: 'At exit', request: { url: 'https://shop.example' } })

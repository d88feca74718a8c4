import { UrlMonitor } from 'checkly/constructs'

console.log('Loading the shop')
console.error('The shop is slow')

new UrlMonitor('home', { name: 'Printed', request: { url: 'https://shop.example' } })

import { UrlMonitor } from 'checkly/constructs'

new UrlMonitor('home', { name: 'Home', request: { url: 'https://shop.example' } })

import { UrlMonitor } from 'checkly/constructs'
import { next } from '@acme/native'

new UrlMonitor('home', { name: `one ${next()}`, request: { url: 'https://shop.example' } })

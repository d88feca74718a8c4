import { UrlMonitor } from 'checkly/constructs'
import { channel, next } from '../shared/channel'

new UrlMonitor('home', { name: `right ${next()}`, alertChannels: [channel], request: { url: 'https://shop.example' } })

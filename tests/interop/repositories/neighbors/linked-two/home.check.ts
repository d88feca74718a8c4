import { UrlMonitor } from 'checkly/constructs'
import { channel, next } from '@acme/channels'
import defaults from '@acme/defaults'

new UrlMonitor('home', { name: `two ${next()} ${defaults.next()}`, alertChannels: [channel], request: { url: 'https://shop.example' } })

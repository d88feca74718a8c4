const { UrlMonitor } = require('checkly/constructs')
const { next } = require('../shared/counter.cjs')

new UrlMonitor('home', { name: `one ${next()}`, request: { url: 'https://shop.example' } })

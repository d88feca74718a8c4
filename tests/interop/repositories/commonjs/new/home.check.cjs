const { UrlMonitor } = require('checkly/constructs')

new UrlMonitor('home', { name: 'Home', request: { url: 'https://shop.example' } })

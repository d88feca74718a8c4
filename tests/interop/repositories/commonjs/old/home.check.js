const { ApiCheck } = require('checkly/constructs')
const { url } = require('./url.js')

new ApiCheck('home', { name: 'Home', request: { method: 'GET', url } })

import { ApiCheck } from 'checkly/constructs'

new ApiCheck('two', { name: 'two', request: { method: 'GET', url: 'https://shop.example' } })

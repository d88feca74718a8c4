import { ApiCheck } from 'checkly/constructs'

new ApiCheck('one', { name: 'one', request: { method: 'GET', url: 'https://shop.example' } })

import { ApiCheck } from 'checkly/constructs'

new ApiCheck('admin', { name: 'admin', request: { method: 'GET', url: 'https://shop.example' } })

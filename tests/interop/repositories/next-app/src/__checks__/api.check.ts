import { ApiCheck } from 'checkly/constructs'

new ApiCheck('api', { name: 'API', request: { method: 'GET', url: 'https://shop.example/api/health' } })

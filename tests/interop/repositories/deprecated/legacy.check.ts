import { ApiCheck, CheckGroup } from 'checkly/constructs'

const group = new CheckGroup('group', { name: 'Legacy', locations: ['eu-west-1'], concurrency: 2 })

new ApiCheck('home', { name: 'Home', group, doubleCheck: true, request: { method: 'GET', url: 'https://shop.example' } })

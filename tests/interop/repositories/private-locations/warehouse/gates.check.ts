import { ApiCheck } from 'checkly/constructs'

new ApiCheck('gates', {
  name: 'Gates',
  privateLocations: ['warehouse'],
  request: { method: 'GET', url: 'https://gates.warehouse.example' },
})

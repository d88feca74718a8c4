import { PrivateLocation } from 'checkly/constructs'

new PrivateLocation('site', { name: 'Warehouse', slugName: 'warehouse' })

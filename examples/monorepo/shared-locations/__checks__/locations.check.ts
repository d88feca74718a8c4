/**
 * Networks of ours that the internet cannot reach. Two agents run in each, on different hosts, so that one can be
 * patched without a gap. Their ids are in `lib/account.ts`.
 */
import { PrivateLocation } from 'checkly/constructs'

new PrivateLocation('staging-network', {
  name: 'Staging network',
  slugName: 'staging-network',
  icon: 'beaker',
})

new PrivateLocation('warehouse-network', {
  name: 'Warehouse network',
  slugName: 'warehouse-network',
  icon: 'package',
  proxyUrl: 'http://proxy.warehouse.example.org:3128',
})

/** Systems inside the warehouse, seen from its own network. */
import { ApiCheck, AssertionBuilder, CheckGroupV2, Frequency, TcpAssertionBuilder, TcpMonitor } from 'checkly/constructs'
import { location, tellTheTeam } from '../../lib/account'
import { onSecondFailure } from '../../lib/defaults'

const group = new CheckGroupV2('warehouse-network', {
  name: 'Inside the warehouse',
  tags: ['warehouse'],
  privateLocations: [location('warehouseNetwork')],
  alertChannels: tellTheTeam(),
  alertEscalationPolicy: onSecondFailure,
})

new ApiCheck('management-system', {
  name: 'Warehouse management: up, and not behind with its queue',
  description: 'A queue over 500 is an hour of packing.',
  frequency: Frequency.EVERY_2M,
  group,
  degradedResponseTime: 1000,
  maxResponseTime: 5000,
  request: {
    method: 'GET',
    url: 'https://wms.warehouse.example.org/health',
    assertions: [
      AssertionBuilder.statusCode().equals(200),
      AssertionBuilder.jsonBody('$.database').equals('up'),
      AssertionBuilder.jsonBody('$.queue.waiting').lessThan(500),
    ],
  },
})

new TcpMonitor('label-printers', {
  name: 'Label printers: the print server accepts jobs',
  frequency: Frequency.EVERY_5M,
  group,
  degradedResponseTime: 200,
  maxResponseTime: 2000,
  request: {
    hostname: 'print.warehouse.example.org',
    port: 9100,
    assertions: [TcpAssertionBuilder.responseTime().lessThan(1500)],
  },
})

new TcpMonitor('order-drop', {
  name: 'Order drop: the file server greets',
  frequency: Frequency.EVERY_5M,
  group,
  degradedResponseTime: 500,
  maxResponseTime: 3000,
  request: {
    hostname: 'sftp.warehouse.example.org',
    port: 22,
    assertions: [TcpAssertionBuilder.responseData().contains('SSH-2.0')],
  },
})

/** Jobs of the checkout that run where nobody looks. Production only: staging runs them by hand. */
import { HeartbeatMonitor } from 'checkly/constructs'
import { isProduction } from '../environment'
import { checkout } from './group'

if (isProduction) {
  new HeartbeatMonitor('payment-reconciliation', {
    name: 'Payments are reconciled with the provider every hour',
    description: 'Pings after a run without differences. Two missing runs mean orders that are paid but not released.',
    group: checkout,
    period: 1,
    periodUnit: 'hours',
    grace: 70,
    graceUnit: 'minutes',
  })

  new HeartbeatMonitor('abandoned-baskets', {
    name: 'Abandoned baskets release their stock',
    group: checkout,
    period: 10,
    periodUnit: 'minutes',
    grace: 20,
    graceUnit: 'minutes',
  })
}

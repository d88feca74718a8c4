import { AlertEscalationBuilder, ApiCheck, CheckGroupV2, Frequency, HeartbeatMonitor, RetryStrategyBuilder } from 'checkly/constructs'
import { channels } from './channels'

const group = new CheckGroupV2('jobs', {
  name: 'Jobs',
  alertChannels: channels,
  alertEscalationPolicy: AlertEscalationBuilder.runBasedEscalation(2),
  retryStrategy: RetryStrategyBuilder.fixedStrategy({ maxRetries: 2, baseBackoffSeconds: 30 }),
})

new HeartbeatMonitor('backup', { name: 'Backup', group, period: 1, periodUnit: 'days', grace: 2, graceUnit: 'hours' })
new ApiCheck('queue', {
  name: 'Queue',
  group,
  frequency: Frequency.EVERY_10S,
  request: { method: 'GET', url: 'https://queue.shop.example' },
})

/**
 * The jobs that move orders and stock between the shop and the warehouse. Each pings its heartbeat after a run that
 * did its work; the grace is what the warehouse can bear, not what the job usually takes.
 */
import { type Heartbeat, HeartbeatMonitor } from 'checkly/constructs'
import { alertChannel, statusPageService, tellTheTeam, wakeOnCall } from '../../lib/account'

interface Job extends Heartbeat {
  logicalId: string
  name: string
  description: string
}

/** Without these the packing tables stand still within the hour. */
const urgent: Job[] = [
  {
    logicalId: 'order-export',
    name: 'Orders are sent to the warehouse',
    description: 'Every 5 minutes. The tables have work for about 40 minutes.',
    period: 5, periodUnit: 'minutes', grace: 20, graceUnit: 'minutes',
  },
  {
    logicalId: 'carrier-labels',
    name: 'Carrier labels are printed',
    description: 'Every 10 minutes while the warehouse is open; it prints a test label at night.',
    period: 10, periodUnit: 'minutes', grace: 20, graceUnit: 'minutes',
  },
]

/** These can wait for the morning. */
const unhurried: Job[] = [
  {
    logicalId: 'stock-import',
    name: 'Stock levels are read from the warehouse',
    description: 'Hourly. The shop stops selling the last two of anything after three hours without it.',
    period: 1, periodUnit: 'hours', grace: 90, graceUnit: 'minutes',
  },
  {
    logicalId: 'returns',
    name: 'Returns are booked',
    description: 'Every 4 hours. Customers are promised their money within a week.',
    period: 4, periodUnit: 'hours', grace: 4, graceUnit: 'hours',
  },
  {
    logicalId: 'invoices',
    name: 'Invoices of the day are sent',
    description: 'Daily at 22:30 UTC, about 50 minutes in the weeks before Christmas.',
    period: 1, periodUnit: 'days', grace: 2, graceUnit: 'hours',
  },
  {
    logicalId: 'backup-restore',
    name: 'A backup of the orders was restored and compared',
    description: 'Weekly, into an empty database. A backup that nobody restored is a hope.',
    period: 7, periodUnit: 'days', grace: 1, graceUnit: 'days',
  },
]

for (const { logicalId, ...job } of urgent) {
  new HeartbeatMonitor(logicalId, {
    ...job,
    alertChannels: wakeOnCall(),
    triggerIncident: {
      service: statusPageService('delivery'),
      severity: 'MEDIUM',
      name: 'Orders leave the warehouse late',
      description: 'Orders are accepted and safe, but are packed later than promised.',
      notifySubscribers: false,
    },
  })
}

for (const { logicalId, ...job } of unhurried) {
  new HeartbeatMonitor(logicalId, { ...job, alertChannels: tellTheTeam() })
}

// Written as a job that is switched off rather than deleted: its history is what the carrier contract is argued with.
new HeartbeatMonitor('express-pickup', {
  name: 'The express carrier confirms its pickup',
  description: 'Paused while the contract is renewed.',
  activated: false,
  period: 1,
  periodUnit: 'days',
  grace: 3,
  graceUnit: 'hours',
  alertChannels: [alertChannel('shopChat')],
})

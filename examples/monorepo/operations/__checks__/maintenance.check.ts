/** Times at which failing is expected. Windows find their checks by tag; they pause them, they do not mute them. */
import { MaintenanceWindow } from 'checkly/constructs'

new MaintenanceWindow('database-patching', {
  name: 'Database patching, first week of the month',
  tags: ['checkout', 'customer-accounts'],
  startsAt: new Date('2026-01-06T03:00:00.000Z'),
  endsAt: new Date('2026-01-06T03:45:00.000Z'),
  repeatInterval: 1,
  repeatUnit: 'MONTH',
  repeatEndsAt: new Date('2030-12-31T00:00:00.000Z'),
})

new MaintenanceWindow('stocktake', {
  name: 'Stocktake: the warehouse is closed',
  tags: ['warehouse'],
  startsAt: new Date('2027-01-02T05:00:00.000Z'),
  endsAt: new Date('2027-01-02T20:00:00.000Z'),
})

import { CheckGroupV2 } from 'checkly/constructs'
import { tellTheTeam } from '../../lib/account'
import { locations, onSecondFailure } from '../../lib/defaults'

export const storefront = new CheckGroupV2('storefront', {
  name: 'Storefront',
  tags: ['storefront'],
  locations: [...locations],
  concurrency: 3,
  alertChannels: tellTheTeam(),
  alertEscalationPolicy: onSecondFailure,
})

import { CheckGroupV2 } from 'checkly/constructs'
import { tellTheTeam } from '../../lib/account'
import { locations, onSecondFailure } from '../../lib/defaults'

export const catalogue = new CheckGroupV2('catalogue', {
  name: 'Catalogue and search',
  tags: ['catalogue'],
  locations: [...locations],
  concurrency: 5,
  environmentVariables: [{ key: 'CATALOGUE_URL', value: 'https://api.example.com/catalogue' }],
  alertChannels: tellTheTeam(),
  alertEscalationPolicy: onSecondFailure,
  apiCheckDefaults: {
    url: 'https://api.example.com/catalogue',
    headers: [{ key: 'Accept', value: 'application/json' }],
  },
})

import { CheckGroupV2 } from 'checkly/constructs'
import { environment } from '../environment'

export const checkout = new CheckGroupV2('checkout', {
  name: `Checkout (${environment.name})`,
  tags: ['checkout', environment.name],
  concurrency: 2,
  environmentVariables: [{ key: 'ENVIRONMENT', value: environment.name }],
  apiCheckDefaults: {
    url: environment.apiUrl,
    headers: [
      { key: 'Accept', value: 'application/json' },
      { key: 'Content-Type', value: 'application/json' },
    ],
  },
  ...environment.group(),
})

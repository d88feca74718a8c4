/** A guest buys something: to the end on staging, up to the payment in production. */
import { BrowserCheck } from 'checkly/constructs'
import { environment, isProduction } from '../environment'
import { checkout } from './group'

new BrowserCheck('guest-purchase', {
  name: isProduction ? 'A guest reaches the payment' : 'A guest buys a gift card',
  description: isProduction
    ? 'Stops before paying: real money, real invoices. Staging goes on to the end with a test card.'
    : 'Pays with the test card of the payment provider and waits for the confirmation.',
  group: checkout,
  frequency: environment.browserFrequency,
  code: { entrypoint: './guest-purchase.spec.ts' },
})

new BrowserCheck('basket-survives', {
  name: 'The basket survives closing the browser',
  group: checkout,
  frequency: environment.browserFrequency,
  code: { entrypoint: './basket-survives.spec.ts' },
})

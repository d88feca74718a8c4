/** What a visitor sees. The home page alone wakes somebody: without it nothing else is found. */
import { AlertEscalationBuilder, BrowserCheck, Frequency } from 'checkly/constructs'
import { statusPageService, wakeOnCall } from '../../lib/account'
import { storefront } from './group'

// Outside the group, whose alerts would otherwise replace these.
new BrowserCheck('home-page', {
  name: 'Home page: opens, and its navigation leads to a category',
  description: 'Opens the home page in Chromium, checks the title, the navigation and the hero image, and follows the first category.',
  frequency: Frequency.EVERY_5M,
  runParallel: true,
  code: { entrypoint: './home-page.spec.ts' },
  alertChannels: wakeOnCall(),
  // All three regions fail or nobody is woken: a single region is the network, and shows in the chat anyway.
  alertEscalationPolicy: AlertEscalationBuilder.runBasedEscalation(2, { amount: 3, interval: 10 }, { enabled: true, percentage: 100 }),
  triggerIncident: {
    service: statusPageService('shop'),
    severity: 'CRITICAL',
    name: 'The shop does not open',
    description: 'We are aware that the shop does not open for everybody and are working on it.',
    notifySubscribers: true,
  },
})

new BrowserCheck('product-page', {
  name: 'Product page: picture, price and stock are shown',
  description: 'Follows a category to its first product: the picture has loaded, the price is a price, the stock line is not empty.',
  frequency: Frequency.EVERY_10M,
  group: storefront,
  code: { entrypoint: './product-page.spec.ts' },
})

new BrowserCheck('language-switch', {
  name: 'Language switch: German prices have a comma',
  description: 'Guards the locale cookie, which the edge cache once kept for everybody.',
  frequency: Frequency.EVERY_30M,
  group: storefront,
  code: { entrypoint: './language-switch.spec.ts' },
})

import { ApiCheck, AssertionBuilder, Frequency } from 'checkly/constructs'
import { catalogue } from './group'

/** The shop sells in these; a missing one silently shows euros. */
const currencies = ['EUR', 'GBP', 'SEK', 'CHF'] as const

// Product 10001 is a gift card of 50 euros: it is never out of stock and never on sale.
for (const currency of currencies) {
  new ApiCheck(`price-in-${currency.toLowerCase()}`, {
    name: `Price of the gift card in ${currency}`,
    frequency: Frequency.EVERY_15M,
    group: catalogue,
    setupScript: { entrypoint: '../../lib/run/sign-request.setup.ts' },
    degradedResponseTime: 300,
    maxResponseTime: 2000,
    request: {
      method: 'GET',
      url: '{{GROUP_BASE_URL}}/products/10001',
      queryParameters: [{ key: 'currency', value: currency }],
      assertions: [
        AssertionBuilder.statusCode().equals(200),
        AssertionBuilder.jsonBody('$.price.currency').equals(currency),
        AssertionBuilder.jsonBody('$.price.amount').greaterThan(0),
        AssertionBuilder.responseTime().lessThan(1500),
      ],
    },
  })
}

new ApiCheck('exchange-rates', {
  name: 'Exchange rates are from today',
  description: 'They are loaded at 06:00 UTC; after 26 hours prices are frozen and finance has to be told.',
  frequency: Frequency.EVERY_1H,
  group: catalogue,
  setupScript: { entrypoint: '../../lib/run/sign-request.setup.ts' },
  request: {
    method: 'GET',
    url: '{{GROUP_BASE_URL}}/exchange-rates',
    assertions: [
      AssertionBuilder.statusCode().equals(200),
      AssertionBuilder.jsonBody('$.age_hours').lessThan(26),
      AssertionBuilder.jsonBody('$.rates').hasKey('SEK'),
    ],
  },
})

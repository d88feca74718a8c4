/** The calls between "Add to basket" and "Thank you". */
import { ApiCheck, AssertionBuilder } from 'checkly/constructs'
import { statusPageService } from '../../lib/account'
import { environment, isProduction } from '../environment'
import { checkout } from './group'

const common = {
  group: checkout,
  frequency: environment.apiFrequency,
  setupScript: { entrypoint: '../../lib/run/sign-request.setup.ts' },
}

new ApiCheck('basket', {
  ...common,
  name: 'Basket: a product can be put into a new one',
  description: 'The gift card, so that no stock is reserved. Baskets of the monitoring client are deleted after an hour.',
  degradedResponseTime: 700,
  maxResponseTime: 3000,
  request: {
    method: 'POST',
    url: '{{GROUP_BASE_URL}}/baskets',
    bodyType: 'JSON',
    body: JSON.stringify({ items: [{ sku: '10001', quantity: 1 }], currency: 'EUR' }),
    assertions: [
      AssertionBuilder.statusCode().equals(201),
      AssertionBuilder.jsonBody('$.id').notEmpty(),
      AssertionBuilder.jsonBody('$.total.amount').equals(5000),
      AssertionBuilder.headers('cache-control').contains('no-store'),
    ],
  },
  triggerIncident: isProduction
    ? {
        service: statusPageService('checkout'),
        severity: 'CRITICAL',
        name: 'Orders cannot be placed',
        description: 'Adding to the basket or paying fails. Nothing you have already paid for is affected.',
        notifySubscribers: true,
      }
    : undefined,
})

new ApiCheck('shipping-quote', {
  ...common,
  name: 'Shipping: a parcel to Germany has a price and a date',
  description: 'Asks two carriers; with one of them down the answer has a single offer, which is allowed.',
  degradedResponseTime: 1500,
  maxResponseTime: 5000,
  request: {
    method: 'POST',
    url: '{{GROUP_BASE_URL}}/shipping-quotes',
    bodyType: 'JSON',
    body: JSON.stringify({ country: 'DE', postcode: '10115', grams: 850 }),
    assertions: [
      AssertionBuilder.statusCode().equals(200),
      AssertionBuilder.jsonBody('$.offers[0].price.amount').greaterThan(0),
      AssertionBuilder.jsonBody('$.offers[0].delivered_by').notEmpty(),
    ],
  },
})

new ApiCheck('payment-methods', {
  ...common,
  name: 'Payment: card and invoice are offered',
  degradedResponseTime: 800,
  maxResponseTime: 4000,
  request: {
    method: 'GET',
    url: '{{GROUP_BASE_URL}}/payment-methods',
    queryParameters: [{ key: 'country', value: 'DE' }, { key: 'amount', value: '5000' }],
    assertions: [
      AssertionBuilder.statusCode().equals(200),
      AssertionBuilder.jsonBody('$.methods[*].id').contains('card'),
      AssertionBuilder.jsonBody('$.methods[*].id').contains('invoice'),
    ],
  },
})

new ApiCheck('voucher-expired', {
  ...common,
  name: 'Voucher: an expired one is refused, politely',
  description: 'Not a server error: this call once answered 500 for a whole sale.',
  shouldFail: true,
  request: {
    method: 'POST',
    url: '{{GROUP_BASE_URL}}/vouchers/check',
    bodyType: 'JSON',
    body: JSON.stringify({ code: 'MONITORING-EXPIRED' }),
    assertions: [
      AssertionBuilder.statusCode().equals(410),
      AssertionBuilder.jsonBody('$.error.code').equals('voucher_expired'),
    ],
  },
})

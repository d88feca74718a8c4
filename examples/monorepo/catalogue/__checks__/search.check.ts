import { ApiCheck, AssertionBuilder, Frequency, MultiStepCheck } from 'checkly/constructs'
import { statusPageService } from '../../lib/account'
import { catalogue } from './group'

const setupScript = { entrypoint: '../../lib/run/sign-request.setup.ts' }

new ApiCheck('search', {
  name: 'Search: a common word finds products',
  description: '"jacket" has had more than 40 hits since the shop opened; fewer than 20 means an index is being rebuilt in place again.',
  frequency: Frequency.EVERY_2M,
  group: catalogue,
  setupScript,
  degradedResponseTime: 500,
  maxResponseTime: 2500,
  request: {
    method: 'GET',
    url: '{{GROUP_BASE_URL}}/search',
    queryParameters: [{ key: 'q', value: 'jacket' }, { key: 'limit', value: '24' }],
    assertions: [
      AssertionBuilder.statusCode().equals(200),
      AssertionBuilder.jsonBody('$.total').greaterThan(19),
      AssertionBuilder.jsonBody('$.items[0].sku').notEmpty(),
      AssertionBuilder.jsonBody('$.items[0].price.amount').greaterThan(0),
    ],
  },
  triggerIncident: {
    service: statusPageService('search'),
    severity: 'MAJOR',
    name: 'Search does not find products',
    description: 'Search results are missing or incomplete. Category pages work as usual.',
    notifySubscribers: false,
  },
})

new ApiCheck('search-with-a-typo', {
  name: 'Search: a typo is forgiven',
  description: 'Fuzzy matching is a separate service with a fallback, so its outage shows nowhere else.',
  frequency: Frequency.EVERY_15M,
  group: catalogue,
  setupScript,
  degradedResponseTime: 800,
  maxResponseTime: 3000,
  request: {
    method: 'GET',
    url: '{{GROUP_BASE_URL}}/search',
    queryParameters: [{ key: 'q', value: 'jakcet' }],
    assertions: [
      AssertionBuilder.statusCode().equals(200),
      AssertionBuilder.jsonBody('$.corrected').equals('jacket'),
      AssertionBuilder.jsonBody('$.total').greaterThan(0),
    ],
  },
})

new ApiCheck('search-refuses-nonsense', {
  name: 'Search: a page size of 10,000 is refused',
  description: 'One such request took the index down for eight minutes; the limit must stay.',
  frequency: Frequency.EVERY_1H,
  group: catalogue,
  setupScript,
  shouldFail: true,
  request: {
    method: 'GET',
    url: '{{GROUP_BASE_URL}}/search',
    queryParameters: [{ key: 'q', value: 'jacket' }, { key: 'limit', value: '10000' }],
    assertions: [
      AssertionBuilder.statusCode().equals(422),
      AssertionBuilder.jsonBody('$.error.field').equals('limit'),
    ],
  },
})

new MultiStepCheck('search-to-product', {
  name: 'Search, then the product: both say the same price',
  description: 'The index and the price service are filled by different jobs; this compares them for the first five hits.',
  frequency: Frequency.EVERY_10M,
  group: catalogue,
  code: { entrypoint: './search-to-product.spec.ts' },
})

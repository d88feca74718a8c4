/**
 * Signing in, and what is needed when it does not work. The account that signs in belongs to the monitoring; its
 * address and password are secrets of the Checkly account (SHOPPER_MAIL, SHOPPER_PASSWORD).
 */
import { ApiCheck, AssertionBuilder, BrowserCheck, CheckGroupV2, Frequency } from 'checkly/constructs'
import { statusPageService, tellTheTeam } from '../../lib/account'
import { locations, onSecondFailure } from '../../lib/defaults'

const group = new CheckGroupV2('customer-accounts', {
  name: 'Customer accounts',
  tags: ['customer-accounts'],
  locations: [...locations],
  alertChannels: tellTheTeam(),
  alertEscalationPolicy: onSecondFailure,
  apiCheckDefaults: {
    url: 'https://id.example.com',
    headers: [{ key: 'Accept', value: 'application/json' }],
  },
})

new BrowserCheck('sign-in', {
  name: 'A customer signs in and sees past orders',
  frequency: Frequency.EVERY_10M,
  group,
  code: { entrypoint: './sign-in.spec.ts' },
  triggerIncident: {
    service: statusPageService('customerAccounts'),
    severity: 'MAJOR',
    name: 'Sign-in does not work',
    description: 'Customers cannot sign in. Ordering as a guest is possible.',
    notifySubscribers: false,
  },
})

new ApiCheck('token', {
  name: 'Token: the monitoring client gets one that lasts',
  description: 'Signed, so it passes the bot filter; a token under 15 minutes signs customers out in the middle of paying.',
  frequency: Frequency.EVERY_5M,
  group,
  setupScript: { entrypoint: '../../lib/run/sign-request.setup.ts' },
  degradedResponseTime: 400,
  maxResponseTime: 2500,
  request: {
    method: 'POST',
    url: '{{GROUP_BASE_URL}}/oauth/token',
    headers: [{ key: 'Content-Type', value: 'application/x-www-form-urlencoded' }],
    bodyType: 'FORM',
    body: 'grant_type=client_credentials&scope=orders%3Aread',
    assertions: [
      AssertionBuilder.statusCode().equals(200),
      AssertionBuilder.jsonBody('$.access_token').notEmpty(),
      AssertionBuilder.jsonBody('$.token_type').equals('Bearer'),
      AssertionBuilder.jsonBody('$.expires_in').greaterThan(899),
    ],
  },
})

new ApiCheck('wrong-password', {
  name: 'A wrong password is refused without a hint',
  description: 'The same answer for an unknown address and for a wrong password.',
  frequency: Frequency.EVERY_30M,
  group,
  shouldFail: true,
  request: {
    method: 'POST',
    url: '{{GROUP_BASE_URL}}/sessions',
    headers: [{ key: 'Content-Type', value: 'application/json' }],
    bodyType: 'JSON',
    body: JSON.stringify({ mail: 'nobody@example.com', password: 'not the password' }),
    assertions: [
      AssertionBuilder.statusCode().equals(401),
      AssertionBuilder.jsonBody('$.error.code').equals('invalid_credentials'),
      AssertionBuilder.textBody().notContains('unknown'),
    ],
  },
})

new ApiCheck('signing-keys', {
  name: 'Signing keys are published',
  description: 'Every other service reads them; the cache of the slowest one lasts ten minutes.',
  frequency: Frequency.EVERY_2M,
  group,
  degradedResponseTime: 250,
  maxResponseTime: 2000,
  request: {
    method: 'GET',
    url: '{{GROUP_BASE_URL}}/.well-known/jwks.json',
    assertions: [
      AssertionBuilder.statusCode().equals(200),
      AssertionBuilder.jsonBody('$.keys[0].kid').notEmpty(),
      AssertionBuilder.jsonBody('$.keys[0].alg').equals('ES256'),
    ],
  },
})

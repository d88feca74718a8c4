/**
 * The alert channels of every project. Their ids are in `lib/account.ts`. Deleting one here silences every check that
 * names it, so take it out of those first.
 */
import { EmailAlertChannel, SlackAppAlertChannel, WebhookAlertChannel } from 'checkly/constructs'

new WebhookAlertChannel('pager', {
  name: 'Pager of whoever is on call',
  url: 'https://pager.example.com/v2/enqueue',
  method: 'POST',
  headers: [
    { key: 'Content-Type', value: 'application/json' },
    { key: 'Authorization', value: 'Bearer {{PAGER_ROUTING_KEY}}' },
  ],
  // One incident per check: the pager folds repeats of the same key, and the recovery closes it.
  template: JSON.stringify({
    key: '{{CHECK_ID}}',
    event: '{{ALERT_TYPE}}',
    summary: '{{ALERT_TITLE}}',
    source: '{{RUN_LOCATION}}',
    link: '{{RESULT_LINK}}',
    started_at: '{{STARTED_AT}}',
  }),
  sendFailure: true,
  sendRecovery: true,
  sendDegraded: false,
})

new EmailAlertChannel('on-call-mail', {
  address: 'on-call@example.com',
  sendFailure: true,
  sendRecovery: true,
  sendDegraded: false,
  sslExpiry: true,
  sslExpiryThreshold: 21,
})

new SlackAppAlertChannel('shop-chat', {
  slackChannels: ['#shop-alerts'],
  sendFailure: true,
  sendRecovery: true,
  sendDegraded: true,
})

// Nobody is paged for staging; a red staging is the business of whoever deploys next.
new SlackAppAlertChannel('staging-chat', {
  slackChannels: ['#staging'],
  sendFailure: true,
  sendRecovery: false,
  sendDegraded: false,
})

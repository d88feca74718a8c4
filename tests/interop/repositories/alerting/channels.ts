import { EmailAlertChannel, SlackAlertChannel, WebhookAlertChannel } from 'checkly/constructs'

export const channels = [
  new EmailAlertChannel('mail', { address: 'alerts@shop.example', sslExpiry: true, sslExpiryThreshold: 14 }),
  new SlackAlertChannel('chat', { channel: '#alerts', url: 'https://hooks.chat.example/services/T0/B0/x' }),
  new WebhookAlertChannel('pager', {
    name: 'Pager',
    method: 'POST',
    url: 'https://pager.example/events',
    headers: [{ key: 'X-Source', value: 'checkly' }],
    template: '{ "title": "{{ALERT_TITLE}}" }',
  }),
]

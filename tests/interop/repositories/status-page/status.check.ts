import { ApiCheck, StatusPage, StatusPageService } from 'checkly/constructs'

const shop = new StatusPageService('shop', { name: 'Shop' })

new StatusPage('page', { name: 'Shop status', url: 'shop-status', cards: [{ name: 'Customers', services: [shop] }] })
new ApiCheck('home', {
  name: 'Home',
  request: { method: 'GET', url: 'https://shop.example' },
  triggerIncident: { service: shop, severity: 'MAJOR', name: 'The shop is down', description: 'We are on it.', notifySubscribers: true },
})

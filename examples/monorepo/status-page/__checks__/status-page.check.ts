/**
 * What customers read at status.example.com. The services are named as a customer would name them, not after our
 * systems; the checks that open incidents on them live in the projects of those systems.
 */
import { StatusPage, StatusPageService } from 'checkly/constructs'

const shop = new StatusPageService('shop', { name: 'Website' })
const search = new StatusPageService('search', { name: 'Search and product pages' })
const checkout = new StatusPageService('checkout', { name: 'Basket and payment' })
const customerAccounts = new StatusPageService('customer-accounts', { name: 'Sign-in and customer accounts' })
const delivery = new StatusPageService('delivery', { name: 'Orders, delivery and returns' })

new StatusPage('status-page', {
  name: 'Shop status',
  url: 'shop-status',
  customDomain: 'status.example.com',
  redirectTo: 'https://shop.example.com',
  logo: 'https://cdn.example.com/brand/logo-status.svg',
  favicon: 'https://cdn.example.com/brand/favicon.png',
  defaultTheme: 'AUTO',
  cards: [
    { name: 'Shopping', services: [shop, search, checkout] },
    { name: 'After the purchase', services: [customerAccounts, delivery] },
  ],
})

/** What stands before the shop: DNS, certificate, edge cache, and the files that crawlers read. */
import {
  ApiCheck, AssertionBuilder, DnsAssertionBuilder, DnsMonitor, Frequency, SslAssertionBuilder, SslMonitor,
  UrlAssertionBuilder, UrlMonitor,
} from 'checkly/constructs'
import { storefront } from './group'

new UrlMonitor('front-door', {
  name: 'Front door: shop.example.com answers',
  description: 'The cheapest possible look, every minute; the browser checks say what is wrong.',
  frequency: Frequency.EVERY_1M,
  group: storefront,
  degradedResponseTime: 1200,
  maxResponseTime: 4000,
  request: {
    url: 'https://shop.example.com/',
    followRedirects: false,
    assertions: [UrlAssertionBuilder.statusCode().equals(200)],
  },
})

new UrlMonitor('plain-http-redirects', {
  name: 'Plain HTTP redirects to HTTPS',
  frequency: Frequency.EVERY_1H,
  group: storefront,
  request: {
    url: 'http://shop.example.com/',
    followRedirects: false,
    assertions: [UrlAssertionBuilder.statusCode().equals(308)],
  },
})

new DnsMonitor('shop-name', {
  name: 'DNS: shop.example.com points at the edge',
  frequency: Frequency.EVERY_10M,
  group: storefront,
  degradedResponseTime: 250,
  maxResponseTime: 1000,
  request: {
    recordType: 'CNAME',
    query: 'shop.example.com',
    assertions: [
      DnsAssertionBuilder.responseCode().equals('NOERROR'),
      DnsAssertionBuilder.textAnswer().contains('edge.example.org'),
    ],
  },
})

new SslMonitor('shop-certificate', {
  name: 'Certificate: shop.example.com has three weeks left',
  description: 'It renews itself 30 days before the end; at 21 days the renewal has failed more than once.',
  frequency: Frequency.EVERY_12H,
  group: storefront,
  request: {
    hostname: 'shop.example.com',
    sslConfig: { alertDaysBeforeExpiry: 21 },
    assertions: [
      SslAssertionBuilder.certificate('daysUntilExpiry').greaterThan(21),
      SslAssertionBuilder.connection('chainTrusted').equals(true),
      SslAssertionBuilder.connection('tlsVersion').greaterThan('TLS1.1'),
    ],
  },
})

new ApiCheck('edge-cache', {
  name: 'Edge cache: category pages are cached, baskets are not',
  description: 'A category page without `public, s-maxage` costs us the origin; the basket has its own check in the project checkout.',
  frequency: Frequency.EVERY_15M,
  group: storefront,
  degradedResponseTime: 600,
  maxResponseTime: 3000,
  request: {
    method: 'GET',
    url: 'https://shop.example.com/c/jackets',
    headers: [{ key: 'Accept', value: 'text/html' }],
    assertions: [
      AssertionBuilder.statusCode().equals(200),
      AssertionBuilder.headers('cache-control').contains('public'),
      AssertionBuilder.headers('cache-control').contains('s-maxage='),
      AssertionBuilder.headers('set-cookie').isEmpty(),
    ],
  },
})

new ApiCheck('robots', {
  name: 'robots.txt: the shop may be indexed',
  description: 'Staging forbids everything; this notices when its file is shipped by mistake.',
  frequency: Frequency.EVERY_1H,
  group: storefront,
  request: {
    method: 'GET',
    url: 'https://shop.example.com/robots.txt',
    assertions: [
      AssertionBuilder.statusCode().equals(200),
      AssertionBuilder.textBody().contains('Sitemap: https://shop.example.com/sitemap.xml'),
      AssertionBuilder.textBody().notContains('Disallow: /\n'),
    ],
  },
})

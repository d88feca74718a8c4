const { UrlMonitor } = require('checkly/constructs')
const { next } = require('../shared/counter.cjs')

module.exports = async () => {
  const { next: nextOfPackage } = await import('../packages/native/index.js')
  new UrlMonitor('home', { name: `two ${next()} ${nextOfPackage()}`, request: { url: 'https://shop.example' } })
}

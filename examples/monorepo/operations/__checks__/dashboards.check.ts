/** The two screens in the office. They find their checks by tag, in whichever project those are. */
import { Dashboard } from 'checkly/constructs'

new Dashboard('shop-screen', {
  header: 'Shop',
  description: 'Production, as customers meet it. Red here is red for them.',
  customUrl: 'shop-production-screen',
  tags: ['production'],
  hideTags: true,
  width: 'FULL',
  refreshRate: 60,
  paginate: true,
  paginationRate: 30,
  checksPerPage: 12,
  showP95: true,
  showP99: false,
  isPrivate: true,
})

new Dashboard('staging-screen', {
  header: 'Checkout on staging',
  description: 'Look here before you deploy.',
  customUrl: 'shop-staging-screen',
  tags: ['checkout', 'staging'],
  useTagsAndOperator: true,
  width: '960PX',
  refreshRate: 300,
  paginate: false,
  isPrivate: true,
})

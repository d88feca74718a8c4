import { Dashboard, MaintenanceWindow } from 'checkly/constructs'

new Dashboard('screen', { header: 'Shop', customUrl: 'shop-screen', tags: ['production'], customCSS: { entrypoint: './screen.css' } })
new MaintenanceWindow('patching', {
  name: 'Patching',
  tags: ['database'],
  startsAt: new Date('2026-01-06T03:00:00Z'),
  endsAt: new Date('2026-01-06T04:00:00Z'),
  repeatInterval: 1,
  repeatUnit: 'WEEK',
  repeatEndsAt: new Date('2030-12-31T00:00:00Z'),
})

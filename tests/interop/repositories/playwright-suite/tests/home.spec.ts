import { test } from '@playwright/test'
import { home } from './pages'

test('home', { tag: '@smoke' }, async ({ page }) => {
  await page.goto(home)
})

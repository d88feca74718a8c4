import { test } from '@playwright/test'

test('home', async ({ page }) => {
  await page.goto(process.env.ENVIRONMENT_URL ?? 'https://shop.example')
})

import { test } from '@playwright/test'
import { login } from '@lib/login'

test('login', async ({ page }) => {
  await login(page)
})

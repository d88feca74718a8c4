/** What every project of the shop has in common; a project may override any of it. */
import { AlertEscalationBuilder, RetryStrategyBuilder } from 'checkly/constructs'

export const repoUrl = 'https://git.example.com/shop/monitoring'

/** Which files define checks. Specs are named by the check that runs them, so none is picked up by its name alone. */
export const checkMatch = '__checks__/**/*.check.ts'

/** Pinned: a new runtime is a new Playwright, and we want to read about it in a diff. */
export const runtimeId = '2025.04'

/** Where our customers are: nine in ten orders come from these three regions. */
export const locations = ['eu-central-1', 'eu-west-1', 'eu-north-1'] as const

/** A second opinion from another region before anybody is told: one lost packet is not an outage. */
export const secondOpinion = RetryStrategyBuilder.singleRetry({ baseBackoffSeconds: 15, sameRegion: false })

/** Browser runs are slow and a little flaky: two more attempts, within four minutes. */
export const browserRetries = RetryStrategyBuilder.linearStrategy({
  baseBackoffSeconds: 20,
  maxRetries: 2,
  maxDurationSeconds: 240,
  sameRegion: false,
})

/** Two failed runs in a row, then a reminder every ten minutes, three times. */
export const onSecondFailure = AlertEscalationBuilder.runBasedEscalation(2, { amount: 3, interval: 10 })

/** For what breaks by itself and mends by itself: only after half an hour of failing. */
export const afterHalfAnHour = AlertEscalationBuilder.timeBasedEscalation(30, { amount: 1, interval: 30 })

export const checkDefaults = {
  checkMatch,
  runtimeId,
  locations: [...locations],
  retryStrategy: secondOpinion,
}

/**
 * The two environments of the checkout. One folder, two Checkly projects: `ENVIRONMENT` says which, and there is no
 * default, because the wrong guess would deploy staging's checks over production's or the other way round.
 */
import { Frequency, type CheckGroupV2Props } from 'checkly/constructs'
import { alertChannel, location, wakeOnCall } from '../lib/account'
import { afterHalfAnHour, locations, onSecondFailure } from '../lib/defaults'

interface Environment {
  name: 'staging' | 'production'
  shopUrl: string
  apiUrl: string
  /** How often the API is asked, and how often a browser buys something. */
  apiFrequency: Frequency
  browserFrequency: Frequency
  /** Where the checks run and whom they tell. Called once, for the group: references are made when they are used. */
  group: () => Pick<CheckGroupV2Props, 'locations' | 'privateLocations' | 'alertChannels' | 'alertEscalationPolicy'>
}

const environments: Record<string, Environment> = {
  staging: {
    name: 'staging',
    shopUrl: 'https://shop.staging.example.com',
    apiUrl: 'https://api.staging.example.com/checkout',
    apiFrequency: Frequency.EVERY_15M,
    browserFrequency: Frequency.EVERY_1H,
    group: () => ({
      privateLocations: [location('stagingNetwork')],
      alertChannels: [alertChannel('stagingChat')],
      alertEscalationPolicy: afterHalfAnHour,
    }),
  },
  production: {
    name: 'production',
    shopUrl: 'https://shop.example.com',
    apiUrl: 'https://api.example.com/checkout',
    apiFrequency: Frequency.EVERY_1M,
    browserFrequency: Frequency.EVERY_5M,
    group: () => ({
      locations: [...locations],
      alertChannels: wakeOnCall(),
      alertEscalationPolicy: onSecondFailure,
    }),
  },
}

const chosen = environments[process.env.ENVIRONMENT ?? '']
if (!chosen) {
  throw new Error(`ENVIRONMENT is ${JSON.stringify(process.env.ENVIRONMENT)}; set it to staging or production`)
}

export const environment = chosen
export const isProduction = environment.name === 'production'

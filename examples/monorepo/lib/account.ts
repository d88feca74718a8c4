/**
 * The resources that one project owns and others use, by the id the Checkly account gave them.
 *
 * A Checkly project can point at another project's resource only by that id, so the owner has to be deployed first:
 * this file is why `projects.toml` has `depends_on`. After the first deploy of an owner into a new account, copy the
 * ids here from the web app.
 *
 * Everything is a function: a reference becomes part of a project when it is made, and a project should only carry
 * the references it uses.
 */
import { AlertChannel, PrivateLocation, StatusPageService } from 'checkly/constructs'

/** Owned by `shared-alerts`. */
const alertChannelIds = {
  pager: 214301,
  onCallMail: 214302,
  shopChat: 214303,
  stagingChat: 214304,
}

/** Owned by `shared-locations`. */
const locationIds = {
  stagingNetwork: '6f0d3a52-8c1e-4b7f-9a34-2d5be1c07f18',
  warehouseNetwork: 'b81f64c7-05da-4e92-8e6b-97a3f0d2c45e',
}

/** Owned by `status-page`. */
const serviceIds = {
  shop: '2c9a7e10-4f63-4d8a-b1c5-e07d92f6a384',
  search: '91d4f8b3-7a2e-4c06-8f5d-36b0c1e9d7a2',
  checkout: 'e5b3160d-c948-4f27-a0d1-8b74f29c6e53',
  customerAccounts: '47f2c9e8-1b06-4a3d-9d58-c60e75a1b294',
  delivery: 'd06e81a4-93f7-4b5c-8a12-5fc3b7e0492d',
}

/** Where alerts of a project go. */
export function alertChannel(name: keyof typeof alertChannelIds) {
  return AlertChannel.fromId(alertChannelIds[name])
}

/** A network of ours from which checks run. */
export function location(name: keyof typeof locationIds) {
  return PrivateLocation.fromId(locationIds[name])
}

/**
 * A line of the public status page, for incidents that a failing check opens.
 *
 * The CLI takes a reference where its types (8.23) ask for the service itself, hence the cast.
 */
export function statusPageService(name: keyof typeof serviceIds): StatusPageService {
  return StatusPageService.fromId(serviceIds[name]) as StatusPageService
}

/** Anyone: chat first, a mail that can be found again later. For what can wait until the morning. */
export function tellTheTeam() {
  return [alertChannel('shopChat'), alertChannel('onCallMail')]
}

/** Wakes somebody up. For what costs orders while it is broken. */
export function wakeOnCall() {
  return [alertChannel('pager'), alertChannel('shopChat'), alertChannel('onCallMail')]
}

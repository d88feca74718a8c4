/** Runs inside API checks: signs requests as the monitoring client, whose orders are never shipped. */
import { createHmac, randomUUID } from 'node:crypto'

export interface Unsigned {
  method: string
  url: string
  body?: string
}

/**
 * The headers that let a request past the bot filter and mark it as ours. The signature covers the method, the path
 * with its query, the time in seconds and the body; the server accepts it for five minutes.
 */
export function signatureHeaders(request: Unsigned, key: { id: string, secret: string }): Record<string, string> {
  const { pathname, search } = new URL(request.url)
  const time = Math.floor(Date.now() / 1000).toString()
  const signature = createHmac('sha256', key.secret)
    .update([request.method.toUpperCase(), pathname + search, time, request.body ?? ''].join('\n'))
    .digest('hex')
  return {
    'X-Shop-Client': key.id,
    'X-Shop-Time': time,
    'X-Shop-Signature': signature,
    'X-Request-Id': randomUUID(),
  }
}

/** The monitoring client's key, from the secrets of the Checkly account. */
export function monitoringKey(): { id: string, secret: string } {
  const { MONITORING_KEY_ID: id, MONITORING_KEY_SECRET: secret } = process.env
  if (!id || !secret) {
    throw new Error('MONITORING_KEY_ID and MONITORING_KEY_SECRET are not set in the Checkly account')
  }
  return { id, secret }
}

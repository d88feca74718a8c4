/** What Checkly gives the setup script of an API check: the request it is about to send. */
declare const request: {
  method: string
  url: string
  body?: string
  headers: Record<string, string>
}

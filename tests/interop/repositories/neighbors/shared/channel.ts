import { EmailAlertChannel } from 'checkly/constructs'

let count = 0

export const channel = new EmailAlertChannel('team', { address: 'team@shop.example' })
export const next = () => { count += 1; return count }

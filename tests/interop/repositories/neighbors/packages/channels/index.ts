import { EmailAlertChannel } from 'checkly/constructs'

let count = 0

export const channel = new EmailAlertChannel('linked', { address: 'team@shop.example' })
export const next = () => { count += 1; return count }

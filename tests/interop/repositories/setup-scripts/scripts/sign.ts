import { key } from './key'

request.headers['X-Key'] = key()

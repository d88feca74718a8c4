import { region } from './region'

export default region('ap')

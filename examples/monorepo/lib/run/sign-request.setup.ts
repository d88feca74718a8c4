/** Setup script of every API check that needs to be a known client. */
import { monitoringKey, signatureHeaders } from './sign'

Object.assign(request.headers, signatureHeaders(request, monitoringKey()))

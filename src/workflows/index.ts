export { environment } from './environment';
export { preview } from './preview';
export { rollback } from './rollback';
export { service } from './service';

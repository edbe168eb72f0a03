export { rollback } from './rollback';
export { service } from './service';

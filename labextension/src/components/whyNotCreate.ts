import type { IPanelState } from '../state';
import { isBorrowing, isEnded } from '../types';
import { useTranslation } from './context';

/** Why no environment can be made now, or null when one can. */
export function useWhyNotCreate(state: IPanelState): string | null {
  const trans = useTranslation();
  const { managers, progress } = state;
  if (state.environments === null) {
    return trans.__('The environments could not be read yet.');
  }
  if (state.folder === null) {
    return trans.__(
      'The file browser shows a drive that is not on this server. Go to a folder of the server to make an environment there.'
    );
  }
  if (progress !== null && !isEnded(progress.job)) {
    return isBorrowing(progress.job)
      ? trans.__('An ipykernel is being prepared. Wait for it, or cancel it.')
      : trans.__('One environment is being made. Wait for it, or cancel it.');
  }
  if (managers.length > 0 && !managers.some(each => each.creates)) {
    return trans.__('This server does not let you make environments.');
  }
  return null;
}

import type { IEnvironmentsApi } from './api';
import { isLooking } from './types';

/** How long to wait between two questions, in milliseconds, and how often to ask at most. */
export const PAUSE = 2000;
export const QUESTIONS = 30;

/**
 * After a server's start the environments in projects are known only when its
 * first walk has ended. JupyterLab may have asked for the kernels before, and
 * would ask again only after a minute: this calls `ended` when it is time.
 * A server that does not answer is left alone.
 */
export async function afterFirstWalk(
  api: Pick<IEnvironmentsApi, 'listing'>,
  ended: () => Promise<void>,
  pause: number = PAUSE
): Promise<void> {
  for (let asked = 0; asked < QUESTIONS; asked++) {
    const listing = await api.listing().catch(() => null);
    if (listing === null) {
      return;
    }
    if (!isLooking(listing)) {
      return ended();
    }
    await new Promise(resolve => setTimeout(resolve, pause));
  }
}

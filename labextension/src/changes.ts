import type { ISignal } from '@lumino/signaling';

/** What the server announces changes of environments by. */
export const SCHEMA = 'https://schema.jupyter-envs.org/environments/v1';
/** Several announcements within so many milliseconds count as one. */
export const PAUSE = 250;
/** After so many milliseconds without one, a window that regains the focus asks. */
export const QUIET = 5000;

interface IEvent {
  readonly schema_id: string;
}

/**
 * Calls `changed` when the environments of the server may have: when it says
 * so, and when the window regains the focus, since a person may lack the
 * permission to listen to events, or have no connection for a while. Its
 * argument tells whether the server said so.
 */
export class Changes {
  constructor(
    private readonly events: ISignal<unknown, IEvent>,
    private readonly changed: (announced: boolean) => void,
    private readonly page: Window = window
  ) {
    events.connect(this.onEvent);
    page.addEventListener('focus', this.onFocus);
  }

  dispose(): void {
    this.page.clearTimeout(this.timer);
    this.events.disconnect(this.onEvent);
    this.page.removeEventListener('focus', this.onFocus);
  }

  private readonly onEvent = (_: unknown, event: IEvent): void => {
    if (event.schema_id === SCHEMA) {
      this.timer ??= this.page.setTimeout(() => {
        this.tell(true);
      }, PAUSE);
    }
  };

  private readonly onFocus = (): void => {
    if (this.timer === undefined && Date.now() - this.told > QUIET) {
      this.tell(false);
    }
  };

  private tell(announced: boolean): void {
    this.timer = undefined;
    this.told = Date.now();
    this.changed(announced);
  }

  private timer: number | undefined;
  private told = Date.now();
}

import type { EnvironmentsModel } from './model';

/** While the server is still looking, ask again after so many milliseconds. */
export const POLL_INTERVAL = 2000;

/**
 * Decides when to read: when the panel is shown, when the window regains the
 * focus, and again and again while the server is still looking. Nothing is asked for
 * while the panel, or the whole page, is hidden.
 */
export class ReadingWatch {
  constructor(
    private readonly model: EnvironmentsModel,
    private readonly page: Window = window
  ) {
    model.changed.connect(this.plan);
    page.addEventListener('focus', this.onFocus);
  }

  /** The panel came into sight. */
  show(): void {
    if (this.visible) {
      return;
    }
    this.visible = true;
    void this.model.open();
  }

  /** The panel went out of sight. */
  hide(): void {
    this.visible = false;
    this.page.clearTimeout(this.timer);
    this.timer = undefined;
  }

  dispose(): void {
    this.hide();
    this.model.changed.disconnect(this.plan);
    this.page.removeEventListener('focus', this.onFocus);
  }

  private readonly plan = (): void => {
    if (this.visible && this.model.state.looking) {
      this.timer ??= this.page.setTimeout(this.onTimer, POLL_INTERVAL);
    }
  };

  private readonly onTimer = (): void => {
    this.timer = undefined;
    if (this.page.document.visibilityState === 'visible') {
      void this.model.read();
    }
  };

  private readonly onFocus = (): void => {
    if (this.visible) {
      void this.model.read();
    }
  };

  private visible = false;
  private timer: number | undefined;
}

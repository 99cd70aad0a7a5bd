import React, { useEffect, useRef } from 'react';

import { cleanLine } from '../clean';
import { useTranslation } from './context';

/** So near to its end one reads along, and wants to see what comes. */
const NEAR_END = 24;

/** What a job's tool wrote; it scrolls along unless one has scrolled back. */
export function JobLog({
  lines
}: {
  readonly lines: readonly string[];
}): React.JSX.Element {
  const trans = useTranslation();
  const box = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  useEffect(() => {
    if (box.current !== null && follows.current) {
      box.current.scrollTop = box.current.scrollHeight;
    }
  }, [lines]);
  return (
    <div
      ref={box}
      className="jp-Envs-log"
      role="log"
      aria-label={trans.__('Log')}
      // A box that scrolls must be reachable with the keyboard.
      // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      onScroll={({
        currentTarget: { scrollHeight, scrollTop, clientHeight }
      }) => {
        follows.current = scrollHeight - scrollTop - clientHeight < NEAR_END;
      }}
    >
      {lines.map((line, index) => (
        <div key={index}>{cleanLine(line)}</div>
      ))}
    </div>
  );
}

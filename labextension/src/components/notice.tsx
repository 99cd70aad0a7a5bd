import React from 'react';

interface INoticeProps {
  /** An alert is read out at once, a status when the reader has time. */
  readonly role: 'alert' | 'status';
  readonly title: string;
  readonly text: string;
  /** What one can do about it. */
  readonly children?: React.ReactNode;
}

/** A short statement in the place of, or above, the list. */
export function Notice({
  role,
  title,
  text,
  children
}: INoticeProps): React.JSX.Element {
  return (
    <div className="jp-Envs-notice" role={role}>
      <p className="jp-Envs-noticeTitle">{title}</p>
      {text !== '' && <p>{text}</p>}
      {children}
    </div>
  );
}

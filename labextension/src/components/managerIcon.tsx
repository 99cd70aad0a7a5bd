import React from 'react';

import { iconOf } from '../icons';

interface IManagerIconProps {
  readonly manager: string;
  /** The manager as people write it. */
  readonly title: string;
}

/** The glyph of the tool that owns an environment, named for those who do not see it. */
export function ManagerIcon({
  manager,
  title
}: IManagerIconProps): React.JSX.Element {
  const icon = iconOf(manager);
  return (
    <span
      className="jp-Envs-managerIcon"
      role="img"
      aria-label={title}
      title={title}
    >
      <icon.react tag="span" width="20px" height="20px" />
    </span>
  );
}

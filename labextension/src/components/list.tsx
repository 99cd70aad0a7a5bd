import React, { useId, useState } from 'react';

import { grouped, matching } from '../order';
import type { IEnvironment, IManager, IShadow } from '../types';
import { useTranslation } from './context';
import { FilterBox } from './filterBox';
import { EnvironmentRow } from './row';
import type { IRowActions } from './row';

/** With so few environments one sees them all. */
const FEW = 5;

interface IListProps extends IRowActions {
  readonly environments: readonly IEnvironment[];
  readonly folder: string | null;
  readonly managers: readonly IManager[];
  readonly shadows: ReadonlyMap<string, readonly IShadow[]>;
}

interface IGroupProps extends Omit<IListProps, 'folder'> {
  readonly heading: string;
}

function Group({
  heading,
  environments,
  managers,
  shadows,
  ...actions
}: IGroupProps): React.JSX.Element | null {
  const id = useId();
  if (environments.length === 0) {
    return null;
  }
  const titles = new Map(managers.map(each => [each.name, each.title]));
  return (
    <div role="group" aria-labelledby={id}>
      <h3 className="jp-Envs-heading" id={id}>
        {heading}
      </h3>
      <ul className="jp-Envs-rows">
        {environments.map(each => (
          <EnvironmentRow
            key={each.id}
            environment={each}
            managerTitle={titles.get(each.manager) ?? each.manager}
            shadows={shadows.get(each.id)}
            {...actions}
          />
        ))}
      </ul>
    </div>
  );
}

/** The environments: those of the folder first, then the others. */
export function EnvironmentList({
  environments,
  folder,
  ...rest
}: IListProps): React.JSX.Element {
  const trans = useTranslation();
  const [text, setText] = useState('');
  const shown = matching(environments, text);
  const { here, others } = grouped(shown, folder);
  const rest_heading =
    here.length > 0
      ? trans.__('Other environments')
      : trans.__('All environments');
  return (
    <>
      {environments.length > FEW && (
        <FilterBox text={text} onChange={setText} />
      )}
      {shown.length === 0 && (
        <p className="jp-Envs-hint" role="status">
          {trans.__('No environment matches. Clear the filter to see all.')}
        </p>
      )}
      <Group
        heading={trans.__('This folder’s project')}
        environments={here}
        {...rest}
      />
      <Group heading={rest_heading} environments={others} {...rest} />
    </>
  );
}

import React from 'react';

import { useTranslation } from './context';

interface IFilterBoxProps {
  readonly text: string;
  readonly onChange: (text: string) => void;
}

/** Narrows the list to what holds every word. */
export function FilterBox({
  text,
  onChange
}: IFilterBoxProps): React.JSX.Element {
  const trans = useTranslation();
  return (
    <input
      type="search"
      className="jp-Envs-input jp-Envs-filter"
      aria-label={trans.__('Filter environments')}
      placeholder={trans.__('Filter')}
      value={text}
      onChange={event => {
        onChange(event.target.value);
      }}
    />
  );
}

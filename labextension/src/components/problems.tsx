import React from 'react';

import { clean } from '../clean';
import type { IEnvironment, IProblem, IShadow } from '../types';
import { stateInWords, toneOf } from '../words';
import { Borrowed } from './borrowing';
import { useTranslation } from './context';

interface IProblemProps {
  readonly problem: IProblem;
  /** The message stands above already. */
  readonly told: boolean;
}

/** One problem with what to do about it. */
function Problem({ problem, told }: IProblemProps): React.JSX.Element {
  return (
    <li>
      {!told && <p>{clean(problem.message)}</p>}
      {problem.fix !== '' && (
        <p className="jp-Envs-fix">{clean(problem.fix)}</p>
      )}
    </li>
  );
}

export interface IDetailsProps {
  readonly environment: IEnvironment;
  /** What its borrowed ipykernel hides; undefined until that was read. */
  readonly shadows: readonly IShadow[] | undefined;
  /** Its details are shown, so they are wanted in full. */
  readonly onUnfold: (environment: IEnvironment) => void;
}

/** The state in words; what is wrong or borrowed can be unfolded, with mouse and keyboard. */
export function StateAndProblems({
  environment,
  shadows,
  onUnfold
}: IDetailsProps): React.JSX.Element {
  const trans = useTranslation();
  const { borrowed, problems, state } = environment;
  const words = stateInWords(environment, trans);
  if (problems.length === 0 && borrowed === null) {
    return (
      <span className="jp-Envs-state" data-state={toneOf(environment)}>
        {words}
      </span>
    );
  }
  return (
    <details
      className="jp-Envs-problems"
      onToggle={event => {
        if (event.currentTarget.open && borrowed !== null) {
          onUnfold(environment);
        }
      }}
    >
      <summary
        className="jp-Envs-state"
        data-state={toneOf(environment)}
        title={clean(problems[0]?.fix ?? '')}
      >
        {words}
      </summary>
      <ul>
        {problems.map((problem, index) => (
          <Problem
            key={index}
            problem={problem}
            told={index === 0 && state === 'broken'}
          />
        ))}
        {borrowed !== null && (
          <li>
            <Borrowed shadows={shadows} />
          </li>
        )}
      </ul>
    </details>
  );
}

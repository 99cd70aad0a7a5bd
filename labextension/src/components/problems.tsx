import React from 'react';

import { clean } from '../clean';
import type { IEnvironment, IProblem } from '../types';
import { stateInWords } from '../words';
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

/** The state in words; what is wrong can be unfolded, with mouse and keyboard. */
export function StateAndProblems({
  environment
}: {
  readonly environment: IEnvironment;
}): React.JSX.Element {
  const trans = useTranslation();
  const { problems, state } = environment;
  const words = stateInWords(environment, trans);
  if (problems.length === 0) {
    return (
      <span className="jp-Envs-state" data-state={state}>
        {words}
      </span>
    );
  }
  return (
    <details className="jp-Envs-problems">
      <summary
        className="jp-Envs-state"
        data-state={state}
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
      </ul>
    </details>
  );
}

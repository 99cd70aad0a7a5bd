import { nullTranslator } from '@jupyterlab/translation';
import type { TranslationBundle } from '@jupyterlab/translation';
import { createContext, useContext } from 'react';

import { DOMAIN } from '../tokens';
import type { ICreateRequest, IEnvironment, IJob } from '../types';

/** What a person can do in the panel. */
export interface IActions {
  /** Let the server look for environments again. */
  readonly refresh: () => void;
  /** Ask again after a failure. */
  readonly retry: () => void;
  readonly openForm: () => void;
  readonly closeForm: () => void;
  readonly create: (request: ICreateRequest) => void;
  /** Ask whether an ipykernel shall be borrowed, and do so. */
  readonly borrow: (environment: IEnvironment) => void;
  /** Read what is shown of an environment only in its details. */
  readonly unfold: (environment: IEnvironment) => void;
  readonly cancel: () => void;
  readonly dismiss: () => void;
  /** A new notebook in the file browser's folder. */
  readonly startNotebook: (environment: IEnvironment) => void;
  /** A new notebook in the folder that a job made an environment in. */
  readonly startNotebookOf: (job: IJob) => void;
}

export const TranslationContext = createContext<TranslationBundle>(
  nullTranslator.load(DOMAIN)
);

/** The translations of what components say. */
export function useTranslation(): TranslationBundle {
  return useContext(TranslationContext);
}

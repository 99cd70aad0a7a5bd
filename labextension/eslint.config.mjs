import eslint from '@eslint/js';
import jsxA11y from 'eslint-plugin-jsx-a11y';
import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

/** The layers, lowest first: a module imports from its own layer and those below. */
const LAYERS = [
  { files: ['types', 'tokens'], folders: [] },
  { files: ['failure', 'lines', 'api', 'follow'], folders: [] },
  { files: ['state', 'model', 'watch'], folders: [] },
  {
    files: [
      'clean',
      'folder',
      'icons',
      'order',
      'requirements',
      'validate',
      'words'
    ],
    folders: ['components']
  },
  { files: ['commands', 'actions', 'index'], folders: [] }
];

const DIALOGS = [
  'Dialog',
  'InputDialog',
  'Notification',
  'showDialog',
  'showErrorMessage'
];

function above(level) {
  return LAYERS.slice(level + 1).flatMap(({ files, folders }) => [
    ...files.map(name => `(^|/)${name}$`),
    ...folders.map(name => `(^|/)${name}/`)
  ]);
}

/** Who may import what, for the modules of one layer. */
function importRule(level, { server = false, dialogs = false } = {}) {
  const paths = [];
  if (!server) {
    paths.push({
      name: '@jupyterlab/services',
      importNames: ['ServerConnection'],
      message: 'api.ts is the only user of ServerConnection.'
    });
  }
  if (!dialogs) {
    paths.push({
      name: '@jupyterlab/apputils',
      importNames: DIALOGS,
      message: 'Only commands open dialogs.'
    });
  }
  const patterns = above(level).map(regex => ({
    regex: `^\\..*${regex}`,
    message: 'A module imports from its own layer and those below.'
  }));
  return { 'no-restricted-imports': ['error', { paths, patterns }] };
}

function sourcesOf({ files, folders }) {
  return [
    ...files.map(name => `src/${name}.ts`),
    ...folders.map(name => `src/${name}/**/*.{ts,tsx}`)
  ];
}

export default tseslint.config(
  { ignores: ['lib/', 'coverage/', 'node_modules/', 'style/'] },
  eslint.configs.recommended,
  {
    files: ['**/*.{ts,tsx}'],
    extends: [
      tseslint.configs.strictTypeChecked,
      tseslint.configs.stylisticTypeChecked
    ],
    languageOptions: {
      parserOptions: {
        projectService: true,
        tsconfigRootDir: import.meta.dirname
      }
    },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/naming-convention': [
        'error',
        { selector: 'interface', format: ['PascalCase'], prefix: ['I'] }
      ],
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreVoidOperator: true }
      ],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_' }
      ],
      // Lumino's signals and React's props promise nothing about awaiting.
      '@typescript-eslint/strict-void-return': 'off',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true }
      ],
      complexity: ['error', 9],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'max-lines': [
        'error',
        { max: 230, skipBlankLines: true, skipComments: true }
      ],
      'max-lines-per-function': [
        'error',
        { max: 60, skipBlankLines: true, skipComments: true }
      ],
      'no-console': 'error'
    }
  },
  {
    files: ['src/**/*.tsx'],
    extends: [jsxA11y.flatConfigs.strict, reactHooks.configs.flat.recommended]
  },
  ...LAYERS.map((layer, level) => ({
    files: sourcesOf(layer),
    rules: importRule(level)
  })),
  { files: ['src/api.ts'], rules: importRule(1, { server: true }) },
  { files: ['src/commands.ts'], rules: importRule(4, { dialogs: true }) },
  {
    // A test reads as a story, and one story is as long as it is.
    files: ['src/**/*.test.{ts,tsx}', 'src/testing/**'],
    rules: {
      'no-restricted-imports': 'off',
      'max-lines-per-function': 'off',
      'max-lines': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off'
    }
  }
);

declare module '*.svg' {
  /** The text of the drawing: JupyterLab's builder inlines it. */
  const text: string;
  export default text;
}

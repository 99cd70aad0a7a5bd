/** The lines of a streamed answer as they arrive, without empty ones. */
export async function* readLines(response: Response): AsyncGenerator<string> {
  if (response.body === null) {
    return;
  }
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      rest += done ? decoder.decode() : decoder.decode(value, { stream: true });
      const lines = rest.split('\n');
      rest = lines.pop() ?? '';
      yield* lines.filter(line => line.trim() !== '');
      if (done) {
        return;
      }
    }
  } finally {
    // A reader that lost interest ends the request, too.
    await reader.cancel().catch(() => undefined);
  }
}

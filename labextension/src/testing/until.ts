import { vi } from 'vitest';

/** Wait until a check no longer throws; patient, for a machine that is busy. */
export async function until(check: () => void): Promise<void> {
  await vi.waitFor(check, { interval: 5, timeout: 20_000 });
}

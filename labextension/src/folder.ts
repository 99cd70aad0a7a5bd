/** What a contents manager knows of its drives. */
export interface IDrives {
  driveName(path: string): string;
  localPath(path: string): string;
}

/** Drives that show the server's own disk: the default one, and real-time collaboration's. */
const SERVER_DRIVES: readonly string[] = ['', 'RTC'];

/** The server's path of a file browser's folder, or null when it lies elsewhere. */
export function serverFolder(drives: IDrives, path: string): string | null {
  if (!SERVER_DRIVES.includes(drives.driveName(path))) {
    return null;
  }
  return drives.localPath(path).replace(/^\/+|\/+$/g, '');
}

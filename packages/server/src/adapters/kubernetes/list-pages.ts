import { fields, items, text } from "./object-fields.ts";
import type { WatchedResource } from "./watched-resource.ts";

export interface Listed<T> {
  readonly resources: readonly T[];
  /** What a watch must start from to miss nothing. */
  readonly version: string;
  /** How many objects could not be read. */
  readonly malformed: number;
}

/** Small enough that a page of large pods is a few megabytes: what the memory of a list follows. */
const PAGE_SIZE = 500;

/**
 * Lists every object of a kind, page by page, and keeps of each page only the projection.
 *
 * @param getPage asks for one page
 * @throws what `getPage` throws; a 410 there means that the list took too long and has to begin anew
 */
export async function listPages<T>(
  { project }: WatchedResource<T>,
  getPage: (query: { limit: number; continue: string | undefined }) => Promise<unknown>,
): Promise<Listed<T>> {
  const resources: T[] = [];
  let version: string | undefined;
  let malformed = 0;
  let next: string | undefined;
  do {
    const page = fields(await getPage({ limit: PAGE_SIZE, continue: next }));
    const metadata = fields(page["metadata"]);
    for (const object of items(page["items"])) {
      const resource = project(object);
      if (resource === undefined) malformed += 1;
      else resources.push(resource);
    }
    // Every page of a list is of the same version, and where it is not, the first is the one that misses nothing.
    version ??= text(metadata["resourceVersion"]);
    next = text(metadata["continue"]);
  } while (next !== undefined);
  if (version === undefined) throw new Error("the API server's list has no metadata.resourceVersion");
  return { resources, version, malformed };
}

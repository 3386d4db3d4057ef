/** An address of the API that answers with `Answer`; the type travels with the address, so hooks infer it. */
export type Address<Answer> = string & { readonly answers?: Answer };

/** What went wrong, in the words of the server where it had some (RFC 9457). */
export class Problem extends Error {
  constructor(
    readonly title: string,
    readonly detail: string,
    readonly status: number,
    readonly closest: string | null = null,
  ) {
    super(detail || title);
  }
}

const BASE = '/api/v1';
type Given = string | number | boolean | null | undefined;

/** `address('/rows', {limit: 50})`; what is null, undefined or empty is left out. */
export function address<Answer>(path: string, query: Record<string, Given> = {}): Address<Answer> {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) if (value != null && value !== '') params.set(key, String(value));
  const text = params.toString();
  return BASE + path + (text ? `?${text}` : '');
}

function text(body: Record<string, unknown>, key: string): string | null {
  const value = body[key];
  return typeof value === 'string' ? value : null;
}

async function problemOf(response: Response): Promise<Problem> {
  const body: unknown = await response.json().catch(() => null);
  const known = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
  return new Problem(
    text(known, 'title') ?? `The server answered ${response.status}`,
    text(known, 'detail') ?? response.statusText,
    response.status,
    text(known, 'closest'),
  );
}

/** Ask once. Throws a {@link Problem}, or the abort of `signal`. */
export async function ask<Answer>(url: Address<Answer>, signal?: AbortSignal): Promise<Answer> {
  let response: Response;
  try {
    response = await fetch(url, { signal: signal ?? null, headers: { accept: 'application/json' } });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Problem('The server cannot be reached', 'Is mlfoundry server running? This page tries again by itself.', 0);
  }
  if (!response.ok) throw await problemOf(response);
  return (await response.json()) as Answer;
}

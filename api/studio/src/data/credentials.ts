// What this tab signs in with: an API key or a token, gone when the tab is closed.
const KEY = "credentials";

export function credentials(): Record<string, string> {
  const kept = sessionStorage.getItem(KEY);
  return kept ? { authorization: `Bearer ${kept}` } : {};
}

export function keepCredentials(secret: string | undefined): void {
  if (secret) sessionStorage.setItem(KEY, secret);
  else sessionStorage.removeItem(KEY);
}

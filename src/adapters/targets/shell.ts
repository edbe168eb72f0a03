/** Makes text one literal word of a POSIX shell. */
export function shellWord(text: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Where a shell finds the value of a secret that is given by reference; never the value. */
export function shellSecret(reference: string): string {
  const [, kind = '', name = ''] = /^\$\{(env|file):([^}]+)\}$/.exec(reference) ?? [];
  return kind === 'env' ? `"\${${name}:?has to hold a secret}"` : `"$(cat ${shellWord(name)})"`;
}

/** A target's name as a part of names of functions and variables. */
export function shellName(target: string): string {
  return target.replace(/[^A-Za-z0-9]/g, (letter) => `_${letter.codePointAt(0)?.toString(16) ?? ''}_`);
}

/** An address as a word of a shell. One with a query may hold what nobody should read, so it is asked for. */
export function shellUrl(target: string, url: string): string {
  if (new URL(url).search === '') return shellWord(url);
  return `"\${URL_${shellName(target)}:?has to be the address of the target, with its query}"`;
}

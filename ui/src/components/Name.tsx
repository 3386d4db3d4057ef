interface NameProps {
  text: string;
  /** Monospace, for what a program wrote: columns and ids. */
  mono?: boolean;
}

/** More of a text than this is not put on the page; no screen is that wide. */
const LONGEST = 400;
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** Signs that would hide or turn the text around them are written out. */
export const visible = (text: string): string =>
  text.slice(0, LONGEST).replace(CONTROLS, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** A name from outside: shown as text whatever it holds, kept from turning its neighbours, cut where room ends. */
export function Name({ text, mono = false }: NameProps) {
  const shown = visible(text);
  return (
    <bdi class={mono ? 'name mono' : 'name'} dir="auto" title={shown.length > 24 ? shown : undefined}>
      {shown || '(empty)'}
    </bdi>
  );
}

import { visible } from '../visible';

interface NameProps {
  text: string;
  /** Monospace, for what a program wrote: columns and ids. */
  mono?: boolean;
}

/** A name from outside: shown as text whatever it holds, kept from turning its neighbours, cut where room ends. */
export function Name({ text, mono = false }: NameProps) {
  const shown = visible(text);
  return (
    <bdi class={mono ? 'name mono' : 'name'} dir="auto" title={shown.length > 24 ? shown : undefined}>
      {shown || '(empty)'}
    </bdi>
  );
}

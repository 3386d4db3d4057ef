import { Icon } from './icons';

/** Something every page should say, such as that the demo's times were moved. */
export const NoteStrip = ({ note }: { note: string | null }) =>
  note === null ? null : (
    <aside class="note-strip" aria-label="Note">
      <Icon name="info" size={14} />
      <span>{note}</span>
    </aside>
  );

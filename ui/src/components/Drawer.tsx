import type { ComponentChildren } from 'preact';
import { Icon } from './icons';
import { Modal } from './Modal';

interface DrawerProps {
  label: string;
  head: ComponentChildren;
  onClose: () => void;
  children: ComponentChildren;
}

/** A sheet at the right that leaves the list in sight. */
export const Drawer = ({ label, head, onClose, children }: DrawerProps) => (
  <Modal label={label} as="drawer" onClose={onClose}>
    <div class="drawer-sheet">
      <div class="drawer-head">
        {head}
        <div class="grow" />
        <button type="button" class="icon-button" aria-label="Close" title="Close (Esc)" onClick={onClose}>
          <Icon name="close" />
        </button>
      </div>
      <div class="drawer-body" tabIndex={0} role="region" aria-label={`${label}, details`}>
        {children}
      </div>
    </div>
  </Modal>
);

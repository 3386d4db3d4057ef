"""Whether what lies beside the event store is sound and agrees with it: the inbox, the registry, set-aside files."""

from __future__ import annotations

from pathlib import Path

from mlfoundry.registry.registry import Registry
from mlfoundry.server.settings import Settings
from mlfoundry.store.base import Store
from mlfoundry.store.care import Finding
from mlfoundry.store.segments import list_segments, read_segment


def examine_inbox(settings: Settings, merged: int) -> list[Finding]:
    """Read every segment and compare its checksums; ``merged`` is the position that the store has committed."""
    findings: list[Finding] = []
    waiting = 0
    paths = list_segments(settings.inbox_dir)
    for path in paths:
        try:
            reading = read_segment(path)
        except FileNotFoundError:  # merged and removed meanwhile
            continue
        except OSError as error:
            findings.append(Finding(level="problem", about=path.name, text=f"it cannot be read: {error.strerror}"))
            continue
        waiting += sum(entry.position > merged for entry in reading.entries)
        unsound = reading.total_bytes - reading.sound_bytes
        if reading.has_hole or (unsound and path != paths[-1]):
            text = "some of its bytes are not those that were written; the next start sets a copy aside"
            findings.append(Finding(level="problem", about=path.name, text=text))
        elif unsound:
            text = f"its last {unsound:,} bytes are no whole batch: it is being written, or a crash cut it off"
            findings.append(Finding(level="note", about=path.name, text=text))
    if not any(finding.level == "problem" for finding in findings):
        text = f"{len(paths)} segments, {waiting:,} batches wait to be merged; all checksums agree"
        findings.append(Finding(level="ok", about="inbox", text=text))
    return findings


def examine_registry(registry: Registry, store: Store) -> list[Finding]:
    """Whether the registry is sound and knows what the store holds."""
    findings = [Finding(level="problem", about="registry", text=text) for text in registry.problems()]
    live = {str(version.fqn) for version in registry.models.all_versions(archived=True)}
    held, deleted = set(store.versions()), registry.models.deleted()
    for fqn in sorted(held - live):
        if fqn in deleted:
            text = "it was deleted and its data is still there; the server removes it by itself"
            findings.append(Finding(level="note", about=fqn, text=text))
        else:
            text = "the event store has data of it, but the registry does not know it"
            findings.append(Finding(level="problem", about=fqn, text=text))
    findings += [
        Finding(level="note", about=fqn, text="the event store does not know it yet; the server's start tells it")
        for fqn in sorted(live - held)
    ]
    if not any(finding.level == "problem" for finding in findings):
        findings.append(Finding(level="ok", about="registry", text=f"{len(live):,} versions; it agrees with the store"))
    return findings


def set_aside_files(settings: Settings) -> list[Finding]:
    """Files that could not be read and were kept."""
    found: list[Path] = [*settings.data_dir.glob("*.damaged-*")]
    for ending in ("*.damaged", "*.unreadable", "set-aside-*.log"):
        found += settings.inbox_dir.glob(ending)
    return [
        Finding(
            level="note", about=str(path.relative_to(settings.data_dir)), text="it was set aside; see operations.md"
        )
        for path in sorted(found)
    ]

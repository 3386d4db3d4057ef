import { describe, expect, it } from 'vitest';
import { visible, visibleCode } from './visible';

describe('hostile names', () => {
  it('cannot turn or hide the text beside them', () => {
    expect(visible('a\u202eb\u0000\n')).toBe('a\\u202eb\\u0000\\u000a');
    expect(visible('<img src=x onerror=alert(1)>')).toBe('<img src=x onerror=alert(1)>');
    expect(visible('x'.repeat(10_000))).toHaveLength(400);
  });
  it('mean the same in a program, whose lines stay lines', () => {
    const value = { 'a\u202e': 'b\u200f' };
    const shown = visibleCode(JSON.stringify(value, null, 2));
    expect(shown).toContain('\n');
    expect(shown).not.toMatch(/[\u200f\u202e]/);
    expect(JSON.parse(shown)).toEqual(value);
  });
});

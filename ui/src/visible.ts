/** More of a name than this is not put on the page; no screen is that wide. */
const LONGEST = 400;
const HIDDEN = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;
const HIDDEN_IN_CODE = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

const spell = (sign: string): string => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** A name with the signs written out that would hide or turn the text around them. */
export const visible = (text: string): string => text.slice(0, LONGEST).replace(HIDDEN, spell);

/** The same of a program or of JSON, where such a sign stands in a string and the spelling means the same. */
export const visibleCode = (text: string): string => text.replace(HIDDEN_IN_CODE, spell);

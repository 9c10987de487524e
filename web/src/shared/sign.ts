/** The sign of Tongtu as path data, so that both renderers draw the same one. */
export const SIGN_BANKS =
  "M3 12h4.5A6 6 0 0 1 13.5 18V28H8a5 5 0 0 1-5-5ZM29 12h-4.5a6 6 0 0 0-6 6V28H24a5 5 0 0 0 5-5Z";

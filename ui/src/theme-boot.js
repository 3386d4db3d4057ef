// Runs before the first paint; src/theme.ts takes over from here.
(function () {
  var choice = null;
  try {
    choice = localStorage.getItem('mlfoundry.theme');
  } catch {
    /* storage is blocked: follow the system */
  }
  var dark = choice ? choice === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
})();

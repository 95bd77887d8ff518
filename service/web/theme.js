/* Light or dark, set before the first paint: the reader's saved choice, else the system's. A classic script on purpose. */
(() => {
  "use strict";
  const KEY = "magpie.theme";
  const root = document.documentElement;
  const system = window.matchMedia("(prefers-color-scheme: dark)");

  /** The saved choice, or null; storage may be blocked. */
  function saved() {
    try {
      const value = localStorage.getItem(KEY);
      return value === "dark" || value === "light" ? value : null;
    } catch {
      return null;
    }
  }

  function apply(theme) {
    root.dataset.theme = theme;
    const toggle = document.getElementById("theme-toggle");
    if (toggle) toggle.setAttribute("aria-pressed", String(theme === "dark"));
  }

  const current = () => saved() ?? (system.matches ? "dark" : "light");

  apply(current());
  document.addEventListener("DOMContentLoaded", () => apply(current()));
  system.addEventListener("change", () => apply(current()));
  document.addEventListener("click", (event) => {
    if (!event.target.closest("#theme-toggle")) return;
    const theme = root.dataset.theme === "dark" ? "light" : "dark";
    try {
      localStorage.setItem(KEY, theme);
    } catch {
      // Private windows may refuse storage; the choice then lasts until the page is closed.
    }
    apply(theme);
  });
})();
